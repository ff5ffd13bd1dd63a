//! Words that change what a sentence says when they change: numbers, magnitudes, units, negations,
//! months and weekdays, directions, certainty. The lists hold what quotes of news are made of, in
//! the larger languages of the web; whatever is capitalised or has a digit is guarded anyway.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Number words, magnitudes, fractions.
const NUMBERS: &str = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen \
    fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred \
    hundreds thousand thousands million millions billion billions trillion trillions dozen dozens half halves \
    third thirds quarter quarters fifth tenth first second fourth sixth seventh eighth ninth once twice thrice \
    single double triple couple pair both decade decades century centuries \
    null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf hundert tausend halb \
    deux trois quatre cinq sept huit neuf dix onze douze vingt cent mille demi \
    uno dos tres cuatro cinco seis siete ocho nueve diez cien ciento mil millón millones medio \
    due tre quattro cinque sei sette otto nove dieci cento mila milione milioni \
    um dois três quatro sete oito dez milhão milhões twee drie vijf zes zeven negen tien honderd duizend";

/// Negations and what turns a sentence round.
const NEGATIONS: &str = "not no never none nobody nothing nowhere neither nor without cannot cant wont dont \
    hardly barely scarcely except unless lack lacks lacked denied denies deny refused refuses refuse failed fails \
    fail rejected rejects reject false untrue \
    nicht kein keine keinen keinem keiner keines nie niemals ohne weder ne pas jamais aucun aucune sans ni \
    nunca ningún ninguno ninguna sin tampoco não nenhum nenhuma sem non mai nessuno senza niet geen nooit zonder \
    не нет ни без никогда";

/// Months and weekdays, which some languages write small.
const DATES: &str = "january february march april may june july august september october november december \
    jan feb mar apr jun jul aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday \
    today yesterday tomorrow morning afternoon evening night noon midnight am pm a.m p.m bc ad bce ce \
    janvier février mars avril mai juin juillet août septembre octobre novembre décembre lundi mardi mercredi \
    jeudi vendredi samedi dimanche enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre \
    diciembre lunes martes miércoles jueves viernes sábado domingo gennaio febbraio aprile maggio giugno luglio \
    settembre ottobre dicembre lunedì martedì mercoledì giovedì venerdì sabato domenica \
    second seconds minute minutes hour hours day days week weeks month months year years annual annually daily \
    weekly monthly yearly quarterly hourly";

/// Units and currencies in words.
const UNITS: &str = "percent percentage cent cents dollar dollars euro euros pound pounds yen yuan rupee rupees ruble \
    rubles franc francs crown crowns peso pesos won bitcoin usd eur gbp jpy \
    mm cm m km mi ft yd inch inches foot feet yard yards mile miles metre metres meter meters kilometre kilometres \
    kilometer kilometers centimetre centimetres centimeter centimeters nautical light-years \
    mg g kg t gram grams kilogram kilograms kilo kilos ton tons tonne tonnes ounce ounces oz lb lbs stone \
    ml l litre litres liter liters gallon gallons barrel barrels \
    degree degrees celsius fahrenheit kelvin hertz hz mhz ghz watt watts kw mw gw kwh mwh volt volts amp amps \
    joule joules calorie calories byte bytes kb mb gb tb bit bits pixel pixels \
    acre acres hectare hectares square cubic mph kph knots pascal bar psi point points basis";

/// Directions, comparisons, order, certainty: one small word and the fact is another.
const TURNS: &str = "more less fewer greater smaller higher lower most least all some any every each only many few \
    several up down above below over under before after since until during between within beyond into onto from to \
    by against for versus plus minus increase increases increased increasing decrease decreases decreased decreasing \
    rise rises rose risen rising fall falls fell fallen falling grow grows grew grown shrink shrinks shrank drop drops \
    dropped gain gains gained lose loses lost loss losses win wins won victory defeat defeated beat beats \
    buy buys bought sell sells sold pass passes passed approve approves approved open opened close closed start \
    started stop stopped begin began end ended accept accepted support supports supported oppose opposes opposed \
    alive dead died killed born survived injured true guilty innocent convicted acquitted legal illegal \
    may might could would should must can will shall allegedly alleged reportedly possibly probably likely unlikely \
    former current previous next last early late earlier later left right north south east west northern southern \
    eastern western male female man woman men women boy girl he she his her him husband wife son daughter father \
    mother brother sister";

/// All guarded words in lower case.
static GUARDED: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let lists = [NUMBERS, NEGATIONS, DATES, UNITS, TURNS];
    lists
        .iter()
        .flat_map(|list| list.split_whitespace())
        .collect()
});

static NEGATION_SET: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| NEGATIONS.split_whitespace().collect());

/// Whether a word, in lower case with straight apostrophes, may never differ.
pub(super) fn is_guarded(word: &str) -> bool {
    GUARDED.contains(word) || word.ends_with("n't")
}

/// Whether a word, in lower case with straight apostrophes, turns its sentence round.
pub(super) fn is_negation(word: &str) -> bool {
    NEGATION_SET.contains(word) || word.ends_with("n't")
}
