//! One page in many encodings, declared, mislabelled and undeclared.

#![expect(clippy::expect_used, reason = "a test may panic")]

use encoding_rs::Encoding;
use extract::{Options, Suspect, extract};

const GERMAN: &str = "Für die Überführung der Straße fehlten zwölf Millionen Euro, sagte Bürgermeister \
    Jörg Müßig. Ähnliche Brücken kosteten in Österreich höchstens die Hälfte, und größere auch.";

const JAPANESE: &str = "市議会は火曜日、老朽化した市立図書館を建て替える計画を賛成多数で可決した。新しい図書館は駅前の\
    市有地に建設され、二〇二八年の春に開館する予定である。総事業費は約三十億円である。";

const RUSSIAN: &str = "Городской совет во вторник решил восстановить старый пешеходный мост через реку, \
    и спор, который почти три года разделял жителей города, наконец закончился миром.";

fn page(head: &str, text: &str) -> String {
    format!(
        "<html><head>{head}<title>T</title></head><body><article><p>{text}</p></article></body>"
    )
}

fn encode(text: &str, label: &str) -> Vec<u8> {
    let encoding = Encoding::for_label(label.as_bytes()).expect("a known label");
    encoding.encode(text).0.into_owned()
}

struct Case {
    name: &'static str,
    bytes: Vec<u8>,
    header: Option<&'static str>,
    text: &'static str,
    encoding: &'static str,
}

fn case(
    name: &'static str,
    head: &str,
    label: &str,
    header: Option<&'static str>,
    text: &'static str,
    encoding: &'static str,
) -> Case {
    Case {
        name,
        bytes: encode(&page(head, text), label),
        header,
        text,
        encoding,
    }
}

fn utf16(text: &str, mark: bool, little: bool) -> Vec<u8> {
    let units = mark
        .then_some(0xFEFF)
        .into_iter()
        .chain(text.encode_utf16());
    units
        .flat_map(|unit| {
            if little {
                unit.to_le_bytes()
            } else {
                unit.to_be_bytes()
            }
        })
        .collect()
}

#[test]
fn every_page_is_read_in_its_own_encoding() {
    let html = Some("text/html; charset=UTF-8");
    let mut cases = vec![
        case("undeclared UTF-8", "", "utf-8", None, GERMAN, "UTF-8"),
        case(
            "header",
            "",
            "iso-8859-1",
            Some("text/html; charset=ISO-8859-1"),
            GERMAN,
            "windows-1252",
        ),
        case(
            "quoted header",
            "",
            "koi8-r",
            Some("text/html;charset=\"koi8-r\""),
            RUSSIAN,
            "KOI8-R",
        ),
        case(
            "meta charset",
            "<meta charset=windows-1251>",
            "windows-1251",
            None,
            RUSSIAN,
            "windows-1251",
        ),
        case(
            "meta http-equiv",
            "<META http-equiv='Content-Type' content='text/html; charset=Shift_JIS'>",
            "shift_jis",
            None,
            JAPANESE,
            "Shift_JIS",
        ),
        case(
            "EUC-JP",
            "<meta charset=\"euc-jp\">",
            "euc-jp",
            None,
            JAPANESE,
            "EUC-JP",
        ),
        case(
            "ISO-2022-JP",
            "<meta charset=iso-2022-jp>",
            "iso-2022-jp",
            None,
            JAPANESE,
            "ISO-2022-JP",
        ),
        case(
            "GBK as gb2312",
            "<meta charset=gb2312>",
            "gbk",
            None,
            JAPANESE,
            "GBK",
        ),
        case(
            "undeclared Latin 1",
            "",
            "windows-1252",
            None,
            GERMAN,
            "windows-1252",
        ),
        case(
            "UTF-8 labelled Latin 1",
            "<meta charset=iso-8859-1>",
            "utf-8",
            None,
            GERMAN,
            "UTF-8",
        ),
        case(
            "UTF-8 under a wrong header",
            "",
            "utf-8",
            Some("text/html; charset=latin1"),
            GERMAN,
            "UTF-8",
        ),
        case(
            "Latin 1 labelled UTF-8",
            "<meta charset=utf-8>",
            "windows-1252",
            None,
            GERMAN,
            "windows-1252",
        ),
        case(
            "Latin 1 under a UTF-8 header",
            "",
            "windows-1252",
            html,
            GERMAN,
            "windows-1252",
        ),
        case(
            "header before meta",
            "<meta charset=koi8-r>",
            "windows-1251",
            Some("text/html; charset=windows-1251"),
            RUSSIAN,
            "windows-1251",
        ),
        case(
            "unknown label",
            "<meta charset=klingon>",
            "utf-8",
            None,
            GERMAN,
            "UTF-8",
        ),
        case(
            "UTF-16 in a meta tag",
            "<meta charset=utf-16>",
            "utf-8",
            None,
            GERMAN,
            "UTF-8",
        ),
    ];
    for (name, mark, little) in [
        ("UTF-16LE with mark", true, true),
        ("UTF-16BE with mark", true, false),
        ("UTF-16LE without mark", false, true),
        ("UTF-16BE without mark", false, false),
    ] {
        cases.push(Case {
            name,
            bytes: utf16(&page("", RUSSIAN), mark, little),
            header: None,
            text: RUSSIAN,
            encoding: if little { "UTF-16LE" } else { "UTF-16BE" },
        });
    }
    let mut marked = b"\xEF\xBB\xBF".to_vec();
    marked.extend(page("<meta charset=latin1>", GERMAN).bytes());
    cases.push(Case {
        name: "UTF-8 mark",
        bytes: marked,
        header: None,
        text: GERMAN,
        encoding: "UTF-8",
    });
    let xml = format!(
        "<?xml version='1.0' encoding='koi8-r'?>{}",
        page("", RUSSIAN)
    );
    cases.push(Case {
        name: "XML declaration of KOI8-R",
        bytes: encode(&xml, "koi8-r"),
        header: None,
        text: RUSSIAN,
        encoding: "KOI8-R",
    });

    for case in cases {
        let found = extract(
            &case.bytes,
            &Options {
                content_type: case.header,
                ..Options::default()
            },
        );

        assert_eq!(found.why.encoding, case.encoding, "{}", case.name);
        assert_eq!(found.text, case.text, "{}", case.name);
    }
}

#[test]
fn one_bad_byte_does_not_turn_a_utf8_page_into_latin1() {
    for head in ["", "<meta charset=utf-8>"] {
        let mut bytes = page(head, GERMAN).into_bytes();
        let at = bytes.len() - 20;
        bytes.insert(at, 0xFF);

        let found = extract(&bytes, &Options::default());

        assert_eq!(found.why.encoding, "UTF-8");
        assert!(found.text.contains("Überführung"), "{}", found.text);
        assert!(found.why.suspects.contains(&Suspect::MalformedEncoding));
    }
}

#[test]
fn a_nul_never_reaches_a_text_or_a_title() {
    let sentence = "The bridge over the river was op\0ened to traffic on Monday, the city said. ";
    let body = sentence.replace('\0', "\\u0000").repeat(8);
    let plain = format!(
        "<title>A\0 bridge</title><article><p>{}</p>",
        sentence.repeat(4)
    );
    let linked = format!(
        "<script type=application/ld+json>{{\"@type\":\"Article\",\"headline\":\"A\\u0000 bridge\",\
         \"articleBody\":\"{body}\"}}</script><p>x"
    );

    for page in [plain, linked] {
        let found = extract(page.as_bytes(), &Options::default());

        assert!(found.text.contains("opened") || found.text.contains("op ened"));
        assert!(!found.text.contains('\0'), "{:?}", found.text);
        assert!(!found.title.unwrap().contains('\0'));
    }
}

#[test]
fn a_page_that_declares_no_encoding_is_read_by_what_it_looks_like() {
    let texts = [
        (RUSSIAN, "windows-1251", "ru"),
        (RUSSIAN, "koi8-r", "ru"),
        (JAPANESE, "shift_jis", "ja"),
        (JAPANESE, "euc-jp", ""),
        (
            "市议会星期二以多数票通过了重建旧图书馆的计划。新馆将建在车站前的空地上，预计二〇二八年春天开放，总费用约三十亿元，其中一半由省里承担。",
            "gbk",
            "zh-CN",
        ),
        (
            "市議會星期二以多數票通過了重建舊圖書館的計畫。新館將建在車站前的空地上，預計二〇二八年春天開放，總費用約三十億元，其中一半由中央承擔。",
            "big5",
            "zh-TW",
        ),
        (
            "시의회는 화요일 낡은 시립 도서관을 다시 짓는 계획을 찬성 다수로 통과시켰다. 새 도서관은 역 앞 시유지에 세워지고 이천이십팔년 봄에 문을 연다.",
            "euc-kr",
            "ko",
        ),
        (
            "Το δημοτικό συμβούλιο αποφάσισε την Τρίτη να επισκευάσει την παλιά γέφυρα, και η διαμάχη που χώριζε \
             την πόλη τρία χρόνια τελείωσε ειρηνικά.",
            "windows-1253",
            "el",
        ),
        (
            "Rada miasta postanowiła we wtorek odbudować stary most, a spór, który przez trzy lata dzielił \
             mieszkańców, zakończył się zgodą i wspólną kolacją.",
            "iso-8859-2",
            "pl",
        ),
        (GERMAN, "windows-1252", "de"),
        (GERMAN, "windows-1252", ""),
    ];
    for (sentence, label, language) in texts {
        let text = format!("{sentence} {sentence}");
        let source = format!(
            "<html lang=\"{language}\"><head><title>T</title></head><body><article><p>{text}</p></article></body>"
        );
        let bytes = encode(&source, label);

        let found = extract(&bytes, &Options::default());

        assert_eq!(
            found.text, text,
            "{label} {language}: {}",
            found.why.encoding
        );
        assert!(found.why.encoding_guessed, "{label}");
    }
}

#[test]
fn a_text_read_in_a_wrong_encoding_is_a_suspect() {
    let right = extract(page("", RUSSIAN).as_bytes(), &Options::default());
    assert!(!right.why.suspects.contains(&Suspect::DamagedText));

    let damaged = page(
        "<meta charset=utf-8>",
        &"Z\u{fffd}rich und K\u{fffd}ln. ".repeat(12),
    );
    let found = extract(damaged.as_bytes(), &Options::default());
    assert!(
        found.why.suspects.contains(&Suspect::DamagedText),
        "{:?}",
        found.why
    );
}
