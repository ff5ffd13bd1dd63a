//! Posts of three made-up sites, each with a teaser and the whole text.

/// A post as a list shows it and as its own page does.
pub(crate) struct Post {
    pub(crate) title: &'static str,
    pub(crate) teaser: &'static str,
    pub(crate) paragraphs: [&'static str; 2],
    pub(crate) slug: &'static str,
}

/// A site in one language.
pub(crate) struct Site {
    pub(crate) language: &'static str,
    pub(crate) name: &'static str,
    pub(crate) section: &'static str,
    pub(crate) more: &'static str,
    pub(crate) author: &'static str,
    pub(crate) dates: [&'static str; 5],
    pub(crate) posts: [Post; 5],
}

const fn post(
    slug: &'static str,
    title: &'static str,
    teaser: &'static str,
    paragraphs: [&'static str; 2],
) -> Post {
    Post {
        title,
        teaser,
        paragraphs,
        slug,
    }
}

pub(crate) const SITES: [Site; 3] = [ENGLISH, GERMAN, JAPANESE];

pub(crate) const ENGLISH: Site = Site {
    language: "en",
    name: "The Courier",
    section: "Local",
    more: "Read more",
    author: "Ann Weaver",
    dates: [
        "17 May 2024",
        "16 May 2024",
        "14 May 2024",
        "9 May 2024",
        "2 May 2024",
    ],
    posts: [
        post(
            "old-footbridge-rebuilt",
            "Council votes to rebuild the old footbridge over the Lenn",
            "Work is due to begin in March, when the water is low, and to last for fourteen months.",
            [
                "The council has decided to rebuild the footbridge that was swept away four years ago. Two members voted against it, because the money had been meant for the road to the station, they said on Tuesday evening.",
                "Residents had collected more than two thousand signatures. The engineer who drew the plans expects that the first beams will be laid in March, when the water is low, and that people will walk across in the summer after.",
            ],
        ),
        post(
            "second-gymnasium",
            "School gets a second gymnasium after years of waiting",
            "Classes have been going to the next village by bus. That ends in autumn, the headmaster says.",
            [
                "For eleven years the pupils have been going to the next village by bus when it was time for sport. That ends in autumn, the headmaster said when he showed the parents around the building site.",
                "The hall has room for three classes at once and a climbing wall that the pupils asked for themselves. In the evening it will be open to the clubs, which pay for the light and the cleaning.",
            ],
        ),
        post(
            "rowing-club-regatta",
            "Rowing club wins the regatta for the third time",
            "Eight rowers, one boat that is older than all of them, and a headwind nobody had expected.",
            [
                "Nobody had expected the headwind, and nobody had expected the old boat to be in front after the first bend. It is older than each of the eight rowers, and it had been repaired only on the evening before.",
                "In the end it was a matter of half a length. The club from the lake, which had won most of the races of the year, came in second and congratulated with a cake in the form of an oar.",
            ],
        ),
        post(
            "bakery-mill-lane",
            "Why the bakery in Mill Lane opens at four in the morning",
            "The first customers are nurses on their way home. The baker knows most of them by name.",
            [
                "At four the street is dark but for one window. The first customers are nurses on their way home from the hospital, and the baker knows most of them by name and what they take.",
                "Her father had opened at six, as everybody did. When the hospital was moved to the hill behind the lane she tried an hour earlier, then another, and since then the early hours pay the rent.",
            ],
        ),
        post(
            "flood-photographs",
            "Museum shows photographs of the flood of 1962",
            "A pharmacist took them from the roof of his house; they lay in a drawer for sixty years.",
            [
                "For sixty years the photographs lay in a drawer. A pharmacist had taken them from the roof of his house while the water stood up to the first floor of the town hall on the other side.",
                "His granddaughter found them when the house was sold and gave them to the museum, which has asked everybody who remembers that night to come and tell what they know of the people shown.",
            ],
        ),
    ],
};

pub(crate) const GERMAN: Site = Site {
    language: "de",
    name: "Der Bote",
    section: "Lokales",
    more: "Weiterlesen",
    author: "Anna Weber",
    dates: [
        "17.05.2024",
        "16.05.2024",
        "14.05.2024",
        "09.05.2024",
        "02.05.2024",
    ],
    posts: [
        post(
            "alter-steg",
            "Der alte Steg über die Lenn wird neu gebaut",
            "Die Arbeiten sollen im März beginnen, wenn das Wasser niedrig ist, und vierzehn Monate dauern.",
            [
                "Der Gemeinderat hat beschlossen, den vor vier Jahren fortgerissenen Steg neu zu bauen. Zwei Mitglieder stimmten dagegen, weil das Geld für die Straße zum Bahnhof vorgesehen war, wie sie am Dienstagabend sagten.",
                "Die Anwohner hatten mehr als zweitausend Unterschriften gesammelt. Der Planer rechnet damit, dass die ersten Balken im März gelegt werden und man im Sommer darauf hinübergehen kann.",
            ],
        ),
        post(
            "zweite-turnhalle",
            "Die Schule bekommt nach Jahren eine zweite Turnhalle",
            "Bisher fahren die Klassen mit dem Bus ins Nachbardorf. Damit ist im Herbst Schluss, sagt der Rektor.",
            [
                "Elf Jahre lang sind die Kinder zum Sport mit dem Bus ins Nachbardorf gefahren. Damit ist im Herbst Schluss, sagte der Rektor, als er die Eltern über die Baustelle führte.",
                "In der Halle haben drei Klassen zugleich Platz, dazu gibt es eine Kletterwand, die sich die Kinder selbst gewünscht haben. Abends steht sie den Vereinen offen, die dafür Licht und Reinigung bezahlen.",
            ],
        ),
        post(
            "ruderer-regatta",
            "Der Ruderverein gewinnt die Regatta zum dritten Mal",
            "Acht Ruderer, ein Boot, das älter ist als jeder von ihnen, und ein Gegenwind, den niemand erwartet hatte.",
            [
                "Mit dem Gegenwind hatte niemand gerechnet, und niemand damit, dass das alte Boot nach der ersten Biegung vorn liegen würde. Es war erst am Abend zuvor geflickt worden.",
                "Am Ende entschied eine halbe Länge. Der Verein vom See, der die meisten Rennen des Jahres gewonnen hatte, wurde Zweiter und gratulierte mit einem Kuchen in Form eines Ruders.",
            ],
        ),
        post(
            "baeckerei-muehlgasse",
            "Warum die Bäckerei in der Mühlgasse um vier Uhr öffnet",
            "Die ersten Kunden sind Pflegerinnen auf dem Heimweg. Die Bäckerin kennt die meisten mit Namen.",
            [
                "Um vier ist die Gasse dunkel bis auf ein Fenster. Die ersten Kunden sind Pflegerinnen auf dem Heimweg vom Krankenhaus, und die Bäckerin weiß von den meisten, wie sie heißen und was sie nehmen.",
                "Ihr Vater hatte um sechs geöffnet wie alle anderen. Als das Krankenhaus auf den Hügel hinter der Gasse zog, versuchte sie es eine Stunde früher, dann noch eine, und seitdem zahlen die frühen Stunden die Miete.",
            ],
        ),
        post(
            "hochwasser-bilder",
            "Das Museum zeigt Bilder vom Hochwasser 1962",
            "Ein Apotheker hat sie vom Dach seines Hauses aufgenommen; sechzig Jahre lagen sie in einer Schublade.",
            [
                "Sechzig Jahre lagen die Bilder in einer Schublade. Ein Apotheker hatte sie vom Dach seines Hauses aufgenommen, während das Wasser gegenüber bis zum ersten Stock des Rathauses stand.",
                "Seine Enkelin fand sie, als das Haus verkauft wurde, und gab sie dem Museum, das nun alle, die sich an die Nacht erinnern, bittet zu erzählen, wen sie auf den Bildern erkennen.",
            ],
        ),
    ],
};

pub(crate) const JAPANESE: Site = Site {
    language: "ja",
    name: "川辺新聞",
    section: "地域",
    more: "続きを読む",
    author: "山田花子",
    dates: [
        "2024年5月17日",
        "2024年5月16日",
        "2024年5月14日",
        "2024年5月9日",
        "2024年5月2日",
    ],
    posts: [
        post(
            "kyuu-hodoukyou",
            "古い歩道橋の再建を町議会が可決、来年三月に着工へ",
            "工事は水位の低い三月に始まり、十四か月続く見込みだ。住民からは二千人を超える署名が集まっていた。",
            [
                "町議会は火曜日の夜、四年前の大水で流された歩道橋を再建することを決めた。駅前の道路に使うはずの予算だったとして、二人の議員が反対した。",
                "住民からは二千人を超える署名が集まっていた。設計を担当した技師によると、水位の低い三月に最初の橋桁が架けられ、翌年の夏には歩いて渡れるようになるという。",
            ],
        ),
        post(
            "taiikukan",
            "小学校に待望の第二体育館、この秋から使用開始",
            "これまで児童は隣村の体育館までバスで通っていた。それもこの秋で終わると校長は話している。",
            [
                "十一年のあいだ、児童は体育の時間になると隣村の体育館までバスで通っていた。それもこの秋で終わると、校長は保護者を案内しながら話した。",
                "新しい体育館は三つの学級が同時に使える広さで、子どもたちが希望した登り壁もある。夜は地域の団体に開放され、団体は照明と清掃の費用を負担する。",
            ],
        ),
        post(
            "boat-taikai",
            "地元のボート部が大会で三度目の優勝を果たす",
            "八人の選手と、誰よりも年上の一艘のボート、そして誰も予想しなかった向かい風。",
            [
                "向かい風を予想した人はいなかったし、最初の曲がり角で古いボートが先頭に立つと思った人もいなかった。前の晩に修理を終えたばかりだった。",
                "最後は半艇身の差で決まった。今年のほとんどの大会を制してきた湖のクラブは二位となり、櫂の形をしたケーキで優勝を祝ってくれた。",
            ],
        ),
        post(
            "panya",
            "水車小路のパン屋はなぜ朝四時に店を開けるのか",
            "最初の客は夜勤を終えて家に帰る看護師たちだ。店主はほとんどの人の名前を覚えている。",
            [
                "朝四時、小路で明かりがついているのは一つの窓だけだ。最初の客は夜勤を終えて病院から帰る看護師たちで、店主は名前も好みもほとんど覚えている。",
                "父の代は皆と同じように六時に開けていた。病院が裏の丘に移ったとき一時間早め、さらに一時間早めてみた。今ではその早い時間が家賃を払ってくれる。",
            ],
        ),
        post(
            "kouzui-shashin",
            "一九六二年の洪水の写真を郷土博物館が初公開",
            "薬剤師が自宅の屋根から撮影した写真は、六十年ものあいだ引き出しに眠っていた。",
            [
                "写真は六十年のあいだ引き出しに眠っていた。向かいの役場の一階まで水につかっていたとき、薬剤師が自宅の屋根から撮影したものだ。",
                "家を売るときに孫娘が見つけて博物館に寄贈した。博物館は、あの夜を覚えている人に、写っている人々について知っていることを話してほしいと呼びかけている。",
            ],
        ),
    ],
};
