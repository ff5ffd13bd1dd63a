//! Pages that are no article and answer 200, through the whole pipeline: in twenty-two languages none
//! ends as done, each has the class of its kind, and no model is asked.

use domain::ErrorClass;
use tests::{Options, World};

use crate::path::{event, failures, options};

/// What a site says in one language: not found, maintenance, an error, not in this country, log in.
#[rustfmt::skip]
const LANGUAGES: [(&str, [&str; 5]); 22] = [
    ("en", ["Page not found", "Under maintenance", "An error occurred", "Not available in your country", "Log in to read on"]),
    ("de", ["Seite nicht gefunden", "Wartungsarbeiten", "Ein Fehler ist aufgetreten", "In Ihrem Land nicht verfügbar", "Bitte anmelden"]),
    ("fr", ["Page introuvable", "Site en maintenance", "Une erreur est survenue", "Indisponible dans votre pays", "Connectez-vous"]),
    ("es", ["Página no encontrada", "Sitio en mantenimiento", "Se ha producido un error", "No disponible en su país", "Iniciar sesión"]),
    ("pt", ["Página não encontrada", "Site em manutenção", "Ocorreu um erro", "Indisponível no seu país", "Faça login"]),
    ("it", ["Pagina non trovata", "Sito in manutenzione", "Si è verificato un errore", "Non disponibile nel tuo paese", "Effettua il login"]),
    ("nl", ["Pagina niet gevonden", "Site in onderhoud", "Er is een fout opgetreden", "Niet beschikbaar in uw land", "Eerst inloggen"]),
    ("sv", ["Sidan hittades inte", "Planerat underhåll", "Ett fel uppstod", "Inte tillgängligt i ditt land", "Logga in"]),
    ("da", ["Siden findes ikke", "Planlagt vedligeholdelse", "Der opstod en fejl", "Ikke tilgængelig i dit land", "Log ind"]),
    ("pl", ["Nie znaleziono strony", "Przerwa techniczna", "Wystąpił błąd", "Niedostępne w Twoim kraju", "Zaloguj się"]),
    ("cs", ["Stránka nenalezena", "Probíhá údržba", "Došlo k chybě", "Nedostupné ve vaší zemi", "Přihlaste se"]),
    ("hu", ["Az oldal nem található", "Karbantartás alatt", "Hiba történt", "Nem érhető el az Ön országában", "Jelentkezzen be"]),
    ("ru", ["Страница не найдена", "Технические работы", "Произошла ошибка", "Недоступно в вашей стране", "Войдите в аккаунт"]),
    ("uk", ["Сторінку не знайдено", "Технічні роботи", "Сталася помилка", "Недоступно у вашій країні", "Увійдіть"]),
    ("el", ["Η σελίδα δεν βρέθηκε", "Υπό συντήρηση", "Παρουσιάστηκε σφάλμα", "Δεν είναι διαθέσιμο στη χώρα σας", "Συνδεθείτε"]),
    ("tr", ["Sayfa bulunamadı", "Bakım çalışması", "Bir hata oluştu", "Ülkenizde kullanılamıyor", "Giriş yapın"]),
    ("ar", ["الصفحة غير موجودة", "الموقع قيد الصيانة", "حدث خطأ", "غير متاح في بلدك", "تسجيل الدخول"]),
    ("he", ["הדף לא נמצא", "האתר בתחזוקה", "אירעה שגיאה", "לא זמין במדינה שלך", "התחברות"]),
    ("vi", ["Không tìm thấy trang", "Đang bảo trì", "Đã xảy ra lỗi", "Không khả dụng tại quốc gia của bạn", "Đăng nhập"]),
    ("ja", ["ページが見つかりません", "メンテナンス中", "エラーが発生しました", "お住まいの国ではご利用いただけません", "ログイン"]),
    ("zh", ["页面不存在", "系统维护中", "服务器错误", "您所在的国家无法访问", "请登录"]),
    ("ko", ["페이지를 찾을 수 없습니다", "시스템 점검 중", "오류가 발생했습니다", "귀하의 국가에서는 이용할 수 없습니다", "로그인"]),
];

/// The classes of the five, and whether the article is final after one look.
const KINDS: [(&str, ErrorClass, bool); 5] = [
    ("not_found", ErrorClass::PageNotFound, true),
    ("maintenance", ErrorClass::PageMaintenance, false),
    ("error", ErrorClass::PageError, false),
    ("geo_block", ErrorClass::PageGeoBlock, false),
    ("login", ErrorClass::PageLogin, true),
];

/// What a bot check of one language says; the marks of the service that sends it are the same.
fn challenge(language: &str) -> String {
    format!(
        "<!doctype html><html lang={language}><head><title>Just a moment...</title></head><body>\
         <div id=\"challenge-running\" class=\"cf-browser-verification\"><h1>example.org</h1>\
         <p>Verifying you are human. This may take a few seconds.</p>\
         <script src=\"/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1\"></script></div>\
         </body></html>"
    )
}

fn page(language: &str, says: &str, form: &str) -> String {
    format!(
        "<!doctype html><html lang={language}><head><meta charset=utf-8><title>{says}</title></head>\
         <body><header><nav><a href=/>A</a> <a href=/b>B</a></nav></header>\
         <main><h1>{says}</h1><p>{says}.</p>{form}</main></body></html>"
    )
}

const FORM: &str = "<form method=post><input name=email type=email>\
                    <input name=password type=password><button>OK</button></form>";

#[tokio::test]
async fn no_page_without_an_article_ends_as_done_in_any_language() {
    let world = World::start(Options {
        batch_size: 10,
        ..options()
    })
    .await;
    let mut cases = Vec::new();
    for (language, says) in LANGUAGES {
        for ((kind, class, is_final), says) in KINDS.into_iter().zip(says) {
            let form = if kind == "login" { FORM } else { "" };
            cases.push((
                format!("/{language}/{kind}"),
                page(language, says, form),
                class,
                is_final,
            ));
        }
        let class = ErrorClass::PageChallenge;
        cases.push((
            format!("/{language}/challenge"),
            challenge(language),
            class,
            false,
        ));
    }
    let mut urls = Vec::new();
    for (path, page, ..) in &cases {
        world
            .site
            .publish(path, "text/html; charset=utf-8", page.clone());
        urls.push(world.site.url(path));
    }
    let ids = world.add(&urls).await;

    for batch in ids.chunks(10) {
        let answer = world.invoke(&event(batch)).await;
        assert_eq!(failures(&answer), Vec::<String>::new());
    }

    let mut wrong = Vec::new();
    for ((path, _, class, is_final), id) in cases.iter().zip(&ids) {
        let row = format!(
            "SELECT concat_ws(' ', state, error_class) FROM article_work WHERE article_id = {id}"
        );
        let found = world.text(&row).await;
        let state = if *is_final { "failed" } else { "retry" };
        if found != format!("{state} {class}") {
            wrong.push(format!("{path}: {found}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new(), "of {}", cases.len());
    assert_eq!(world.model.requests(), 0);
    let rate = "SELECT attempts FROM pages_by_host WHERE host = '127.0.0.1' AND error_class = 'page_challenge'";
    assert_eq!(world.text(rate).await, LANGUAGES.len().to_string());
    let why = "SELECT count(*) FROM article_work WHERE error LIKE '%captcha%'";
    assert_eq!(world.text(why).await, LANGUAGES.len().to_string());
    world.assert_sound().await;
    world.stop().await;
}

#[tokio::test]
async fn the_open_part_of_a_paid_article_ends_as_partial() {
    let world = World::start(options()).await;
    let paragraph = "<p>The council of Halden voted on Tuesday to spend 44 million euros on the old \
                     bridge, said Mayor Anna Berg, who has asked for the repair since the spring.</p>\
                     <p>Work on the eastern span begins in May 2027 and takes two years, the company Nordbau \
                     told the city in a letter; ferries carry 900 cars a day until then.</p>";
    let page = format!(
        "<!doctype html><html lang=en><head><title>Halden mends its bridge</title>\
         <script type=\"application/ld+json\">{{\"@context\":\"https://schema.org\",\"@type\":\
         \"NewsArticle\",\"headline\":\"Halden mends its bridge\",\"isAccessibleForFree\":false}}</script>\
         </head><body><article><h1>Halden mends its bridge</h1>{paragraph}\
         <div class=paywall><p>Subscribe to continue reading.</p></div></article></body></html>"
    );
    world
        .site
        .publish("/paid", "text/html; charset=utf-8", page);
    let ids = world.add(&[world.site.url("/paid")]).await;

    let answer = world.invoke(&event(&ids)).await;

    assert_eq!(failures(&answer), Vec::<String>::new());
    let row = "SELECT concat_ws(' ', w.state, w.outcome, t.reason) FROM article_work w \
               JOIN article_attempts t USING (article_id)";
    assert_eq!(world.text(row).await, "done partial teaser");
    world.assert_sound().await;
    world.stop().await;
}
