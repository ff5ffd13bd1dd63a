//! Pages that answer 200 and have no article are called what they are, in many languages; articles
//! that only look like them keep their text.

use extract::{EmptyReason, Extracted, Options, PageKind, extract};

fn read(page: &str) -> Extracted {
    extract(page.as_bytes(), &Options::default())
}

/// A page as sites have them: a menu, the content, a list of what others read, a footer.
fn on_a_site(title: &str, main: &str) -> String {
    let menu: String = ["Eins", "Dos", "Trois", "Fyra"]
        .map(|name| format!("<li><a href=/{name}>{name}</a>"))
        .concat();
    format!(
        "<!doctype html><title>{title} | Hafenbote</title><header><nav><ul>{menu}</ul></nav></header>\
         <main>{main}</main><aside><h3>Top 3</h3><ol><li><a href=/1>A ferry that nobody wanted to \
         buy</a><li><a href=/2>The clock that runs backwards on purpose</a></ol></aside>\
         <footer><p><a href=/about>About</a> <a href=/contact>Contact</a></p></footer>"
    )
}

fn assert_kind(page: &str, kind: PageKind, case: &str) {
    let found = read(page);

    assert_eq!(found.page_kind, kind, "{case}: {:?}", found.text);
    assert_eq!(found.text, "", "{case}");
    assert_eq!(found.why.empty, Some(EmptyReason::NoArticle), "{case}");
}

/// Kind, title, heading, sentence.
const MESSAGES: &[(PageKind, &str, &str, &str)] = &[
    (
        PageKind::NotFound,
        "Not found",
        "We can't find that page",
        "It may have been moved, or the address was mistyped. Go back to the home page.",
    ),
    (
        PageKind::NotFound,
        "Seite nicht gefunden",
        "Diese Seite gibt es nicht",
        "Die gewünschte Seite wurde verschoben. Zur Startseite geht es hier entlang.",
    ),
    (
        PageKind::NotFound,
        "Page introuvable",
        "Oups",
        "La page demandée n'existe pas. Retournez à la page d'accueil.",
    ),
    (
        PageKind::NotFound,
        "Página no encontrada",
        "Error 404",
        "La página que busca ya no está aquí. Vuelva a la página de inicio.",
    ),
    (
        PageKind::NotFound,
        "Página não encontrada",
        "404",
        "A página que procura não existe. Volte à página inicial.",
    ),
    (
        PageKind::NotFound,
        "Pagina non trovata",
        "Errore 404",
        "La pagina richiesta è stata spostata. Torna alla home page.",
    ),
    (
        PageKind::NotFound,
        "Pagina niet gevonden",
        "Helaas",
        "De opgevraagde pagina is er niet meer. Ga naar de startpagina.",
    ),
    (
        PageKind::NotFound,
        "Sidan hittades inte",
        "404",
        "Sidan du söker är flyttad. Gå till startsidan.",
    ),
    (
        PageKind::NotFound,
        "Siden findes ikke",
        "Siden findes ikke",
        "Siden du leder efter er flyttet. Gå til forsiden.",
    ),
    (
        PageKind::NotFound,
        "Sivua ei löytynyt",
        "404",
        "Etsimääsi sivua ei ole. Siirry: etusivu.",
    ),
    (
        PageKind::NotFound,
        "Nie znaleziono strony",
        "Błąd 404",
        "Strona, której szukasz, została przeniesiona. Wróć na stronę główną.",
    ),
    (
        PageKind::NotFound,
        "Stránka nenalezena",
        "Chyba 404",
        "Stránka, kterou hledáte, byla přesunuta. Přejděte na úvodní stránku.",
    ),
    (
        PageKind::NotFound,
        "Az oldal nem található",
        "404-es hiba",
        "A keresett oldal elköltözött. Vissza: főoldal.",
    ),
    (
        PageKind::NotFound,
        "Страница не найдена",
        "Ошибка 404",
        "Запрашиваемый материал перенесён. Вернитесь на главную.",
    ),
    (
        PageKind::NotFound,
        "Сторінку не знайдено",
        "Помилка 404",
        "Сторінка, яку ви шукаєте, переміщена. Поверніться на головну.",
    ),
    (
        PageKind::NotFound,
        "Η σελίδα δεν βρέθηκε",
        "Σφάλμα 404",
        "Η σελίδα που ζητήσατε μετακινήθηκε. Αρχική σελίδα.",
    ),
    (
        PageKind::NotFound,
        "Sayfa bulunamadı",
        "Hata 404",
        "Aradığınız sayfa taşınmış. Ana sayfa için tıklayın.",
    ),
    (
        PageKind::NotFound,
        "الصفحة غير موجودة",
        "خطأ 404",
        "الصفحة التي طلبتها نقلت. عد إلى الصفحة الرئيسية.",
    ),
    (
        PageKind::NotFound,
        "הדף לא נמצא",
        "404",
        "העמוד שחיפשתם הועבר. חזרו אל דף הבית.",
    ),
    (
        PageKind::NotFound,
        "पेज नहीं मिला",
        "404",
        "आप जिस पेज को खोज रहे हैं वह यहाँ नहीं है। होम पेज पर जाएँ।",
    ),
    (
        PageKind::NotFound,
        "ไม่พบหน้า",
        "404",
        "หน้าที่คุณต้องการถูกย้ายแล้ว กลับไปหน้าแรก",
    ),
    (
        PageKind::NotFound,
        "Không tìm thấy trang",
        "404",
        "Nội dung trang bạn tìm đã được chuyển đi. Về trang chủ.",
    ),
    (
        PageKind::NotFound,
        "ページが見つかりません",
        "404",
        "お探しのページは移動しました。トップページへお戻りください。",
    ),
    (
        PageKind::NotFound,
        "页面不存在",
        "404",
        "您访问的内容已经移走,请返回首页。",
    ),
    (
        PageKind::NotFound,
        "페이지를 찾을 수 없습니다",
        "404",
        "요청하신 페이지가 옮겨졌습니다. 홈으로 가기.",
    ),
    (
        PageKind::Challenge,
        "Access denied",
        "One more step",
        "Please complete the captcha so that we know that this is not an automated request. Ray ID 7f3a91",
    ),
    (
        PageKind::Challenge,
        "Sicherheitsprüfung",
        "Sind Sie kein Roboter?",
        "Wir haben ungewöhnlich viele Anfragen von Ihrer IP-Adresse erhalten.",
    ),
    (
        PageKind::Challenge,
        "Vérification de sécurité",
        "Je ne suis pas un robot",
        "Des requêtes automatisées viennent de votre adresse IP.",
    ),
    (
        PageKind::Challenge,
        "Acceso denegado",
        "Verificación de seguridad",
        "Hay tráfico automatizado desde su dirección IP.",
    ),
    (
        PageKind::Challenge,
        "Доступ ограничен",
        "Вы не робот?",
        "С вашего адреса идут подозрительные запросы, похожие на автоматические.",
    ),
    (
        PageKind::Challenge,
        "安全验证",
        "请完成验证",
        "您的访问出现异常,请拖动滑块。",
    ),
    (
        PageKind::Challenge,
        "セキュリティチェック",
        "ロボットではありませんか",
        "通常と異なるアクセスを検出しました。",
    ),
    (
        PageKind::Maintenance,
        "Maintenance",
        "We'll be back soon",
        "The presses are being oiled. Please try again later.",
    ),
    (
        PageKind::Maintenance,
        "Wartungsarbeiten",
        "Gleich zurück",
        "Bitte versuchen Sie es später noch einmal.",
    ),
    (
        PageKind::Maintenance,
        "Site en maintenance",
        "De retour bientôt",
        "Merci de réessayer dans une heure.",
    ),
    (
        PageKind::Maintenance,
        "Технические работы",
        "Скоро вернёмся",
        "Зайдите, пожалуйста, позже.",
    ),
    (
        PageKind::Maintenance,
        "メンテナンス中",
        "メンテナンス中",
        "しばらくしてからもう一度お越しください。",
    ),
    (
        PageKind::GeoBlock,
        "Unavailable",
        "Not available in your country",
        "Because of licences we cannot show this title in your country.",
    ),
    (
        PageKind::GeoBlock,
        "Nicht verfügbar",
        "In Ihrem Land nicht verfügbar",
        "Aus rechtlichen Gründen zeigen wir diesen Beitrag in Ihrem Land nicht.",
    ),
    (
        PageKind::GeoBlock,
        "Non disponible",
        "Contenu indisponible dans votre pays",
        "Nous n'avons pas les droits pour votre pays.",
    ),
    (
        PageKind::GeoBlock,
        "Недоступно",
        "Недоступно в вашей стране",
        "Правообладатель закрыл показ в вашей стране.",
    ),
    (
        PageKind::Parked,
        "hafenbote.example",
        "This domain is for sale",
        "Make an offer to the domain owner.",
    ),
    (
        PageKind::Parked,
        "hafenbote.example",
        "Diese Domain steht zum Verkauf",
        "Machen Sie ein Angebot für diese Domain.",
    ),
    (
        PageKind::ErrorPage,
        "Internal Server Error",
        "Something went wrong",
        "The server could not answer. Please try again or write to the administrator.",
    ),
    (
        PageKind::ErrorPage,
        "Fehler",
        "Ein Fehler ist aufgetreten",
        "Bitte versuchen Sie es erneut oder laden Sie die Seite neu.",
    ),
    (
        PageKind::ErrorPage,
        "Erreur",
        "Une erreur est survenue",
        "Merci de réessayer ou de recharger la page.",
    ),
    (
        PageKind::ErrorPage,
        "Ошибка",
        "Что-то пошло не так",
        "Попробуйте обновить страницу.",
    ),
];

#[test]
fn a_message_in_place_of_an_article_is_called_what_it_is_in_any_language() {
    for (kind, title, heading, sentence) in MESSAGES {
        let main = format!("<div class=msg><h1>{heading}</h1><p>{sentence}</p></div>");

        assert_kind(&on_a_site(title, &main), *kind, title);
        let bare = format!("<title>{title}</title><body>{main}");
        assert_kind(&bare, *kind, title);
    }
}

#[test]
fn a_form_to_log_in_in_place_of_the_story_is_a_wall() {
    for (title, heading) in [
        ("Sign in", "Sign in to go on reading"),
        ("Anmelden", "Jetzt anmelden"),
        ("Connexion", "Connectez-vous"),
        ("Вход", "Войдите, чтобы читать дальше"),
        ("ログイン", "ログイン"),
    ] {
        let main = format!(
            "<h1>{heading}</h1><form action=/login><label>E-mail</label><input type=email>\
             <input type=password><button>OK</button></form>"
        );

        assert_kind(&on_a_site(title, &main), PageKind::Login, title);
    }
}

#[test]
fn names_of_elements_tell_a_missing_page_in_a_language_that_is_not_known() {
    let page = "<title>404 Hafenbote</title><body class='error404 wide'><div class=not-found>\
        <h1>Ikhasi alitholakalanga</h1><p>Ikhasi olifunayo alikho lapha.</p></div>";

    assert_kind(page, PageKind::NotFound, "Zulu");
}

#[test]
fn a_challenge_is_told_by_the_service_that_sends_it() {
    let page = "<title>Hafenbote</title><meta name=robots content=noindex><body>\
        <script>window._cf_chl_opt={cZone:'hafenbote.example'}</script><div id=x>Yima kancane</div>";

    assert_kind(page, PageKind::Challenge, "a script of the service");
}

#[test]
fn a_challenge_made_by_script_is_a_challenge() {
    let page = "<title>Just a moment…</title><body><h1>Just a moment…</h1><p>hafenbote.example has to \
        review the security of your connection. Enable JavaScript and cookies to continue.</p>\
        <script>run({})</script>";

    assert_kind(page, PageKind::Challenge, "a waiting room");
}

#[test]
fn a_missing_page_with_teasers_below_it_has_no_article() {
    let teasers = [1, 2, 3, 4, 5]
        .map(|nth| {
            format!(
                "<section><h3><a href=/s/{nth}>The {nth}th keeper of the lighthouse</a></h3><p>When the \
                 lamp went out for the {nth}th time that winter, the keeper walked down to the harbour \
                 and asked the fishermen for a light, which they gave him on one condition.</p></section>"
            )
        })
        .concat();
    let main = format!(
        "<div class=error><h1>Error 404</h1><p>The story you are looking for is no longer available.\
         </p></div><h2>Read these</h2>{teasers}"
    );

    assert_kind(&on_a_site("404", &main), PageKind::NotFound, "teasers");
}

/// Title and paragraphs of articles that look like messages, or stand on pages with forms.
#[test]
fn articles_about_such_pages_keep_their_text() {
    let cases = [
        (
            "Not found: the ship that left no trace",
            "The page you are looking for does not exist, says the register of the port, and yet the \
             ship was here. Four people remember how she came in under a false flag one night in May.",
        ),
        (
            "Access denied: how the city keeps its own people out of the archive",
            "Three times this year the council has refused to open the shelves. The archivist says that \
             nobody asked her, and that the robot which now guards the door was never ordered.",
        ),
        (
            "Bridge maintenance begins on Monday",
            "For six weeks the northern lane stays closed, and drivers should allow for a quarter of an \
             hour more. The work was put off twice because the steel was not delivered in time.",
        ),
        (
            "Domain for sale: a valley and its castle look for an owner",
            "The castle has forty rooms and no heating. Whoever buys it must promise the village that \
             the path to the chapel remains open, as it has been for three hundred years.",
        ),
        (
            "Missing sailor not found",
            "The coast guard ended its search on Sunday evening. Two boats and a helicopter had looked \
             for the man since Friday, when his dinghy was seen drifting off the southern pier.",
        ),
        (
            "Wie Roboter in der Werft helfen",
            "Seit Montag schweißt eine Maschine, was früher vier Leute schweißten. Der Meister sagt, sie \
             sei geduldig und trinke keinen Kaffee, aber beim Streichen brauche sie noch Hilfe.",
        ),
    ];
    for (title, paragraph) in cases {
        let more = "The harbour office did not want to say more before the hearing in June, but it \
            promised to publish all papers, and a group of neighbours is already reading the first of them.";
        let main = format!("<article><h1>{title}</h1><p>{paragraph}</p><p>{more}</p></article>");

        let found = read(&on_a_site(title, &main));

        assert_eq!(found.page_kind, PageKind::Article, "{title}");
        assert!(found.text.contains(paragraph), "{title}: {}", found.text);
    }
}

#[test]
fn a_short_article_beside_a_form_to_log_in_keeps_its_text() {
    let main = "<article><h1>Ferry sold</h1><p>The old ferry goes to a museum in the north, the harbour \
        board said on Tuesday. It was built in 1931 and carried some nine million people before the \
        bridge was opened.</p></article><div><h3>Login</h3><form><input type=password></form></div>";

    let found = read(&on_a_site("Ferry sold", main));

    assert_eq!(found.page_kind, PageKind::Article);
    assert!(found.text.contains("nine million people"));
}

const STORY: [&str; 3] = [
    "The ferry that was to be sold in autumn keeps its place at the pier, the harbour board decided on \
     Thursday after a meeting that lasted until midnight.",
    "Four hundred people had signed a letter, many of them children who cross the bay to school and would \
     have had to walk around it.",
    "The board now looks for a captain, because the old one has promised his wife to stay ashore, and for \
     somebody who knows how to mend a steam engine.",
];

fn story_with(before: &str, between: &str, after: &str) -> String {
    let [first, second, third] = STORY.map(|text| format!("<p>{text}</p>"));
    on_a_site(
        "Ferry stays",
        &format!(
            "{before}<article><h1>Ferry stays</h1>{first}{second}{between}{third}</article>{after}"
        ),
    )
}

#[test]
fn a_dialogue_for_consent_goes_whole_and_the_story_stays_whole() {
    let dialogues = [
        "<div role=dialog><h2>A question</h2><p>We and our 12 partners use cookies to measure our \
         advertising with your consent.</p><h3>Needed</h3><p>These keep your basket and cannot be turned \
         off while you look around in the shop.</p><button>Fine</button></div>",
        "<div class=x1><div><p>Wir und unsere Partner nutzen Cookies und verarbeiten personenbezogene \
         Daten, wenn Sie einwilligen.</p><p>Sie können das jederzeit widerrufen.</p></div><button>Gut\
         </button></div>",
        "<div class=z><p>Wij gebruiken cookies, en derde partijen volgen uw surfgedrag. Door op akkoord te \
         klikken geeft u toestemming.</p><a href='#'>Akkoord</a></div>",
        "<div class=z><p>Bu site çerez kullanır ve kişisel verilerinizi işler.</p><button>Tamam</button></div>",
        "<div class=z><p>当サイトはクッキーを使用し、個人情報を扱います。同意してください。クッキーの設定はいつでも変えられます。</p><button>同意する</button></div>",
    ];
    for dialogue in dialogues {
        for page in [story_with(dialogue, "", ""), story_with("", "", dialogue)] {
            let found = read(&page);

            assert_eq!(found.text, STORY.join("\n\n"), "{dialogue}");
        }
    }
}

#[test]
fn a_placeholder_of_a_blocked_embed_goes() {
    let placeholders = [
        "<div class=embed><p>Hier steht ein Film, der den Text ergänzt.</p><label><input type=checkbox> \
         Ich bin einverstanden, dass mir externe Inhalte gezeigt werden.</label><p>Dabei können \
         personenbezogene Daten an Drittplattformen gehen. Näheres in der Datenschutzerklärung.</p></div>",
        "<div class=c><strong>Externer Inhalt</strong><p>Ihre Einstellungen zur Privatsphäre verhindern, \
         dass externe Inhalte erscheinen.</p><button>Ändern</button></div>",
        "<div class=c><p>This content comes from a third party that sets cookies. Give your consent to see \
         it.</p><button>Show</button></div>",
    ];
    for placeholder in placeholders {
        let found = read(&story_with("", placeholder, ""));

        assert_eq!(found.text, STORY.join("\n\n"), "{placeholder}");
    }
}

#[test]
fn an_article_about_cookies_keeps_what_it_says_of_them() {
    let paragraphs = [
        "The court has decided that cookies need the consent of readers before they are set, and that a box \
         which is ticked already is no consent at all.",
        "Publishers and their partners had argued that tracking pays for free news. Privacy groups call \
         that a threat, and point to newspapers that live without cookies.",
        "The ministry wants to wait for the reasons of the judges before it writes a new rule.",
    ];
    let body = paragraphs.map(|text| format!("<p>{text}</p>")).concat();
    let main = format!("<article><h1>Court on cookies</h1>{body}</article>");

    let found = read(&on_a_site("Court on cookies", &main));

    assert_eq!(found.text, paragraphs.join("\n\n"));
}
