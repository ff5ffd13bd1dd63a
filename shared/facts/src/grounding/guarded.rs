//! Words that change what a sentence says when they change: numbers, magnitudes, units, negations,
//! months and weekdays, directions, certainty, tense, particles of names. The lists hold what quotes of news are made of, in
//! the larger languages of the web; whatever is capitalised or has a digit is guarded anyway.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Number words, ordinals, magnitudes, fractions, multiples, small Roman numbers.
const NUMBERS: &str = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen \
    fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred \
    hundreds thousand thousands million millions billion billions trillion trillions dozen dozens score scores half halves \
    bn mn mln tn lakh lakhs crore crores \
    third thirds quarter quarters fifth fifths sixths sevenths eighths ninths tenth tenths first second fourth sixth \
    seventh eighth ninth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth \
    twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth hundredth hundredths thousandth \
    thousandths millionth millionths once twice thrice single double triple quadruple doubled tripled quadrupled halved \
    doubles triples halves doubling tripling halving couple pair both decade decades century centuries \
    ii iii iv vi vii viii ix xi xii xiii xiv xv xvi xvii xviii xix xx xxi \
    null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf hundert tausend halb halbe erste ersten zweite \
    zweiten dritte dritten vierte vierten \
    deux trois quatre cinq sept huit neuf dix onze douze treize quatorze quinze seize vingt trente quarante cinquante \
    soixante cent cents mille milliers millions milliard milliards demi moitié tiers quart premier première deuxième \
    troisième \
    uno dos tres cuatro cinco seis siete ocho nueve diez once doce veinte treinta cuarenta cincuenta cien ciento \
    cientos mil miles millón millones medio media mitad tercio cuarto primero primera segundo segunda tercero tercera \
    due tre quattro cinque sei sette otto nove dieci venti trenta cento mila mille milione milioni miliardo miliardi metà \
    primo prima secondo seconda \
    um dois três quatro cinco sete oito dez vinte trinta cem mil milhão milhões bilhão bilhões metade primeiro segundo \
    twee drie vijf zes zeven acht negen tien twintig honderd duizend miljoen miljard helft eerste tweede derde \
    två tre fyra fem sex sju åtta nio tio hundra tusen miljon miljoner miljard miljarder \
    один одна два две три четыре пять шесть семь восемь девять десять сто тысяча тысяч тысячи миллион миллиона миллионов \
    миллиард миллиарда миллиардов первый второй третий половина \
    jeden dwa trzy cztery pięć sto tysiąc tysięcy milion miliony milionów miliard miliardy miliardów";

/// Negations and what turns a sentence round.
const NEGATIONS: &str = "not no never none nobody nothing nowhere neither nor without cannot cant wont dont \
    hardly barely scarcely rarely seldom unable except unless lack lacks lacked denied denies deny refused refuses refuse \
    failed fails fail rejected rejects reject false untrue \
    nicht kein keine keinen keinem keiner keines nie niemals ohne weder kaum ne pas jamais aucun aucune sans ni \
    nunca ningún ninguno ninguna sin tampoco não nenhum nenhuma sem non mai nessuno senza niet geen nooit zonder \
    не нет ни без никогда inte utan nie bez değil yok";

/// Months and weekdays, which some languages write small.
const DATES: &str = "january february march april may june july august september october november december \
    jan feb mar apr jun jul aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday \
    mon tue tues wed thu thur thurs fri sat sun spring summer autumn winter weekend \
    today yesterday tomorrow tonight morning afternoon evening night noon midnight am pm bc ad bce ce \
    janvier février mars avril mai juin juillet août septembre octobre novembre décembre lundi mardi mercredi \
    jeudi vendredi samedi dimanche enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre \
    diciembre lunes martes miércoles jueves viernes sábado domingo gennaio febbraio aprile maggio giugno luglio \
    settembre ottobre dicembre lunedì martedì mercoledì giovedì venerdì sabato domenica \
    januari februari maart juni juli augustus oktober maandag dinsdag woensdag donderdag vrijdag zaterdag zondag \
    января февраля марта апреля мая июня июля августа сентября октября ноября декабря понедельник вторник среда среду \
    четверг пятница пятницу суббота субботу воскресенье \
    second seconds minute minutes hour hours day days week weeks month months year years annual annually daily \
    weekly monthly yearly quarterly hourly";

/// Units and currencies in words.
const UNITS: &str = "percent percentage per cent cents dollar dollars euro euros pound pounds yen yuan rupee rupees ruble \
    rubles franc francs crown crowns peso pesos won bitcoin usd eur gbp jpy \
    mm cm m km mi ft yd inch inches foot feet yard yards mile miles metre metres meter meters kilometre kilometres \
    kilometer kilometers centimetre centimetres centimeter centimeters nautical light-years \
    mg g kg t gram grams kilogram kilograms kilo kilos ton tons tonne tonnes ounce ounces oz lb lbs stone \
    ml l litre litres liter liters gallon gallons barrel barrels \
    degree degrees celsius fahrenheit kelvin hertz hz mhz ghz watt watts kw mw gw kwh mwh volt volts amp amps \
    joule joules calorie calories byte bytes kb mb gb tb bit bits pixel pixels \
    acre acres hectare hectares square cubic mph kph knots pascal bar psi point points basis";

/// Directions, comparisons, order, certainty, connection, person and tense: one small word and the
/// fact is another.
const TURNS: &str = "more less fewer greater smaller higher lower most least all some any every each only many few \
    several up down above below over under before after since until during between within beyond into onto from to \
    by against for versus plus minus increase increases increased increasing decrease decreases decreased decreasing \
    rise rises rose risen rising fall falls fell fallen falling grow grows grew grown shrink shrinks shrank drop drops \
    dropped gain gains gained lose loses lost loss losses win wins won victory defeat defeated beat beats \
    buy buys bought sell sells sold pass passes passed approve approves approved open opened close closed start \
    started stop stops stopped begin begins began end ends ended accept accepted support supports supported oppose opposes opposed \
    alive dead died killed born survived injured wounded true guilty innocent convicted acquitted legal illegal free \
    ban bans banned allow allows allowed block blocks blocked halt halts halted cancel cancels cancelled canceled delay \
    delayed prevent prevents prevented avoid avoided decline declines declined abandon abandoned dismissed dropped \
    upheld overturned guilty praised criticised criticized hired fired arrested released \
    may might could would should must can will shall allegedly alleged reportedly possibly probably likely unlikely \
    attempt attempts attempted planned proposed suspected potential expected estimated claimed supposed apparent apparently \
    about around almost nearly roughly approximately exactly precisely just even still yet already ever always often \
    sometimes usually again and or but if whether when because although though while than then as \
    is are was were be been being has have had do does did \
    i we you he she they us me my our your their them his her him \
    former current previous next last early late earlier later left right north south east west northern southern \
    eastern western male female man woman men women boy girl husband wife son daughter father mother brother sister";

/// Who did it.
const PEOPLE: &str = "mayor governor president vice deputy premier chancellor minister secretary senator ambassador king \
    queen prince princess pope bishop judge jury prosecutor lawyer attorney police army navy soldier soldiers officer \
    officers official officials doctor doctors nurse nurses teacher teachers student students child children adult adults \
    civilian civilians driver drivers owner owners worker workers chief chairman director manager founder spokesman \
    spokeswoman victim victims suspect suspects witness witnesses patient patients company government court state city";

/// What stands in names between their capitals.
const PARTICLES: &str = "de del della delle dello degli dei di da das do dos du des der den dem van von vom zu zum zur \
    ter ten bin ibn bint abu al el la le las los saint av";

/// Beginnings that turn a word into its opposite. Much begins so that is harmless; nothing is lost
/// but an edit.
const TURNING_PREFIXES: [&str; 9] = ["un", "dis", "mis", "non", "im", "in", "il", "ir", "anti"];

/// Endings that do the same, or that multiply.
const TURNING_ENDINGS: [&str; 6] = ["less", "fold", "zehn", "zig", "ßig", "tausend"];

/// All guarded words in lower case.
static GUARDED: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let lists = [NUMBERS, NEGATIONS, DATES, UNITS, TURNS, PEOPLE, PARTICLES];
    lists
        .iter()
        .flat_map(|list| list.split_whitespace())
        .collect()
});

static NUMBER_SET: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| NUMBERS.split_whitespace().collect());

static DATE_SET: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| DATES.split_whitespace().collect());

static NEGATION_SET: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| NEGATIONS.split_whitespace().collect());

/// Whether a word, in lower case with straight apostrophes, may never differ.
pub(super) fn is_guarded(word: &str) -> bool {
    GUARDED.contains(word) || is_negation(word) || is_letter(word) || is_turning(word)
}

/// Whether a word, in lower case with straight apostrophes, turns its sentence round.
pub(super) fn is_negation(word: &str) -> bool {
    NEGATION_SET.contains(word) || word.ends_with("n't")
}

/// Whether a word, in lower case, is a number or a part of one.
pub(super) fn is_number_word(word: &str) -> bool {
    NUMBER_SET.contains(word)
}

/// Whether a word, in lower case, is a month, a weekday or a measure of time.
pub(super) fn is_date_word(word: &str) -> bool {
    DATE_SET.contains(word)
}

/// A letter alone is half of an abbreviation: 5 p.m. is not 5 a.m.; "a" is an article besides.
fn is_letter(word: &str) -> bool {
    word != "a" && word.chars().nth(1).is_none()
}

fn is_turning(word: &str) -> bool {
    TURNING_PREFIXES.iter().any(|start| word.starts_with(start))
        || TURNING_ENDINGS.iter().any(|end| word.ends_with(end))
}
