#include "connectors/source_faker/faker_words.h"

namespace wharf::connectors::faker::words {
namespace {

constexpr std::string_view kFirstNames[] = {
    "Ada",    "Alma",   "Anders",  "Anouk",   "Arjun",   "Astrid", "Aylin",  "Baltasar", "Beatriz",
    "Bela",   "Birgit", "Bruno",   "Camille", "Carmen",  "Cedric", "Chiara", "Dagny",    "Dario",
    "Deniz",  "Dora",   "Edda",    "Eero",    "Elif",    "Emil",   "Enzo",   "Erika",    "Esme",
    "Fadi",   "Farah",  "Felix",   "Fiona",   "Gaspard", "Gita",   "Greta",  "Hanna",    "Hasan",
    "Helga",  "Henrik", "Ida",     "Ignacio", "Ilse",    "Imre",   "Ines",   "Ivo",      "Jana",
    "Jasper", "Jin",    "Joan",    "Jonas",   "Kaisa",   "Kamal",  "Karim",  "Katya",    "Keiko",
    "Kofi",   "Lars",   "Leila",   "Lena",    "Linus",   "Livia",  "Lorenz", "Lucia",    "Magda",
    "Malik",  "Mara",   "Marek",   "Mateo",   "Maud",    "Mei",    "Milan",  "Mina",     "Nadia",
    "Nils",   "Nora",   "Odile",   "Olga",    "Omar",    "Oskar",  "Otto",   "Paloma",   "Pavel",
    "Petra",  "Pia",    "Quentin", "Rania",   "Rasmus",  "Renata", "Rhea",   "Rita",     "Rosa",
    "Sami",   "Sanna",  "Selma",   "Sigrid",  "Soren",   "Stella", "Sven",   "Tamar",    "Tariq",
    "Teodor", "Thea",   "Tilda",   "Tomas",   "Ulla",    "Uma",    "Vera",   "Viggo",    "Wanda",
    "Willem", "Xenia",  "Yara",    "Yuki",    "Yusuf",   "Zainab", "Zeno",   "Zora"};

constexpr std::string_view kTitles[] = {"Dr.",   "Prof.", "Mr.",   "Ms.", "Mx.",   "B.A.",
                                        "B.Sc.", "M.A.",  "M.Sc.", "MBA", "Ph.D.", "LL.M."};

constexpr std::string_view kMailWords[] = {
    "amber",   "anchor", "apple",   "arrow",   "autumn",  "badger",  "basil",  "beacon", "birch",
    "bramble", "breeze", "brook",   "canyon",  "cedar",   "cherry",  "clover", "cobalt", "comet",
    "copper",  "coral",  "cotton",  "crane",   "crystal", "dahlia",  "delta",  "dune",   "eagle",
    "ember",   "falcon", "fern",    "fjord",   "flint",   "forest",  "galaxy", "garnet", "ginger",
    "glacier", "grove",  "harbor",  "hazel",   "heron",   "hollow",  "indigo", "iris",   "island",
    "ivory",   "jade",   "juniper", "kestrel", "lagoon",  "lantern", "laurel", "lemon",  "linen",
    "lotus",   "lunar",  "maple",   "marble",  "meadow",  "mint",    "mosaic", "nectar", "nova",
    "oasis",   "ochre",  "olive",   "onyx",    "opal",    "orbit",   "orchid", "osprey", "otter",
    "pebble",  "pepper", "pine",    "plum",    "poppy",   "prairie", "quartz", "quill",  "raven",
    "reef",    "ridge",  "river",   "robin",   "saffron", "sage",    "salt",   "sierra", "silver",
    "sparrow", "spruce", "stone",   "summit",  "swift",   "thistle", "timber", "topaz",  "tulip",
    "valley",  "velvet", "violet",  "walnut",  "willow",  "winter",  "zephyr"};

constexpr std::string_view kMailDomains[] = {"example.com", "example.org", "example.net",
                                             "mail.example.com", "post.example.org"};

constexpr std::string_view kGenders[] = {"Female", "Male", "Nonbinary", "Other"};

constexpr std::string_view kLanguages[] = {
    "Albanian",  "Amharic",  "Arabic",    "Basque",   "Bengali",    "Bulgarian",  "Catalan",
    "Croatian",  "Czech",    "Danish",    "Dutch",    "English",    "Estonian",   "Finnish",
    "French",    "Georgian", "German",    "Greek",    "Hebrew",     "Hindi",      "Hungarian",
    "Icelandic", "Irish",    "Italian",   "Japanese", "Korean",     "Latvian",    "Lithuanian",
    "Malay",     "Maltese",  "Norwegian", "Persian",  "Polish",     "Portuguese", "Romanian",
    "Serbian",   "Slovak",   "Slovenian", "Spanish",  "Swahili",    "Swedish",    "Tamil",
    "Thai",      "Turkish",  "Ukrainian", "Urdu",     "Vietnamese", "Welsh",      "Yoruba",
    "Zulu"};

constexpr std::string_view kDegrees[] = {"Bachelor", "Master", "Doctorate", "Diploma"};

constexpr std::string_view kNationalities[] = {
    "Argentine", "Australian",    "Austrian",   "Belgian",   "Brazilian",  "Canadian",
    "Chilean",   "Chinese",       "Colombian",  "Croatian",  "Czech",      "Danish",
    "Dutch",     "Egyptian",      "Estonian",   "Ethiopian", "Finnish",    "French",
    "German",    "Ghanaian",      "Greek",      "Hungarian", "Icelandic",  "Indian",
    "Irish",     "Italian",       "Japanese",   "Kenyan",    "Korean",     "Latvian",
    "Lebanese",  "Malaysian",     "Mexican",    "Moroccan",  "Nigerian",   "Norwegian",
    "Peruvian",  "Polish",        "Portuguese", "Romanian",  "Senegalese", "Singaporean",
    "Slovak",    "South African", "Spanish",    "Swedish",   "Swiss",      "Thai",
    "Turkish",   "Ukrainian",     "Uruguayan",  "Vietnamese"};

constexpr std::string_view kOccupations[] = {"Accountant",
                                             "Actuary",
                                             "Air Traffic Controller",
                                             "Animator",
                                             "Arborist",
                                             "Archaeologist",
                                             "Architect",
                                             "Archivist",
                                             "Baker",
                                             "Barber",
                                             "Beekeeper",
                                             "Biologist",
                                             "Bookbinder",
                                             "Bricklayer",
                                             "Bus Driver",
                                             "Carpenter",
                                             "Cartographer",
                                             "Chemist",
                                             "Cook",
                                             "Court Clerk",
                                             "Dairy Farmer",
                                             "Data Engineer",
                                             "Dentist",
                                             "Dietitian",
                                             "Electrician",
                                             "Emergency Nurse",
                                             "Ferry Captain",
                                             "Firefighter",
                                             "Florist",
                                             "Forester",
                                             "Gardener",
                                             "Geologist",
                                             "Glazier",
                                             "Goldsmith",
                                             "Harbor Pilot",
                                             "Historian",
                                             "Illustrator",
                                             "Interpreter",
                                             "Joiner",
                                             "Journalist",
                                             "Judge",
                                             "Lab Technician",
                                             "Librarian",
                                             "Locksmith",
                                             "Luthier",
                                             "Machinist",
                                             "Marine Surveyor",
                                             "Mason",
                                             "Mechanic",
                                             "Meteorologist",
                                             "Midwife",
                                             "Network Engineer",
                                             "Notary",
                                             "Optician",
                                             "Orchestra Conductor",
                                             "Paramedic",
                                             "Pharmacist",
                                             "Photographer",
                                             "Physicist",
                                             "Plumber",
                                             "Potter",
                                             "Printer",
                                             "Quality Inspector",
                                             "Roofer",
                                             "School Teacher",
                                             "Ship Chandler",
                                             "Shipwright",
                                             "Signal Engineer",
                                             "Social Worker",
                                             "Sound Engineer",
                                             "Statistician",
                                             "Stonemason",
                                             "Surveyor",
                                             "Tailor",
                                             "Teacher",
                                             "Train Driver",
                                             "Translator",
                                             "Tree Surgeon",
                                             "Upholsterer",
                                             "Veterinarian",
                                             "Watchmaker",
                                             "Welder",
                                             "Zoologist"};

constexpr std::string_view kBloodTypes[] = {"A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-"};

constexpr std::string_view kStreets[] = {
    "Alder Lane",      "Anchor Street", "Bakery Row",    "Bay Road",      "Beech Avenue",
    "Bell Street",     "Birch Way",     "Bridge Street", "Brook Lane",    "Canal Street",
    "Castle Hill",     "Cedar Court",   "Chapel Street", "Cherry Lane",   "Church Road",
    "Cliff Road",      "Corn Market",   "Dock Street",   "East Quay",     "Elm Grove",
    "Factory Road",    "Ferry Lane",    "Fisher Street", "Garden Street", "Granary Road",
    "Harbor Road",     "Hazel Close",   "High Street",   "Hill Road",     "Island Way",
    "Ivy Lane",        "Juniper Court", "King Street",   "Lake Road",     "Lantern Lane",
    "Lighthouse Road", "Linden Avenue", "Lock Street",   "Maple Avenue",  "Market Square",
    "Meadow Lane",     "Mill Road",     "Mole End",      "North Quay",    "Oak Street",
    "Old Wharf",       "Orchard Road",  "Park Lane",     "Pier Street",   "Pine Road",
    "Poplar Avenue",   "Quarry Road",   "Queen Street",  "River Walk",    "Rope Walk",
    "Rose Lane",       "Sail Street",   "School Road",   "Shore Road",    "South Quay",
    "Spring Street",   "Station Road",  "Tanner Row",    "Tower Street",  "Union Street",
    "Valley Road",     "Walnut Court",  "Water Street",  "West Quay",     "Willow Way",
    "Windmill Lane",   "Yew Close"};

constexpr std::string_view kCities[] = {
    "Aldermouth",    "Amberford",  "Ashwick",      "Baybridge",  "Beaconsea",    "Birchholm",
    "Blackwater",    "Bramhaven",  "Brightport",   "Brookmere",  "Cedarton",     "Clearwell",
    "Coalhaven",     "Coppergate", "Cranfield",    "Crosswater", "Deepwick",     "Dunmere",
    "Eastquay",      "Elmstead",   "Emberly",      "Fairhaven",  "Fallowmere",   "Fernhill",
    "Flintwick",     "Foxbridge",  "Glassford",    "Goldcrest",  "Granton",      "Greyhaven",
    "Harborough",    "Hartmere",   "Hazelwick",    "Highwater",  "Hollowbrook",  "Ironbridge",
    "Kestrel Bay",   "Kingsmouth", "Lakeview",     "Larkfield",  "Linden Falls", "Lowmoor",
    "Maplewick",     "Marshgate",  "Millhaven",    "Moorcroft",  "Newbridge",    "Northquay",
    "Oakmere",       "Oldhaven",   "Orchard Hill", "Otterford",  "Pinehaven",    "Quarry Bank",
    "Ravenport",     "Redcliff",   "Riverton",     "Rookwood",   "Saltmarsh",    "Sandgate",
    "Seacombe",      "Silverlake", "Southmere",    "Springwell", "Stonehaven",   "Summerton",
    "Thornbury Bay", "Tidewater",  "Valemont",     "Wavecrest",  "Westholm",     "Whitecliff",
    "Windmere",      "Wrenford"};

constexpr std::string_view kStates[] = {
    "Alabama",       "Alaska",      "Arizona",        "Arkansas",      "California",
    "Colorado",      "Connecticut", "Delaware",       "Florida",       "Georgia",
    "Hawaii",        "Idaho",       "Illinois",       "Indiana",       "Iowa",
    "Kansas",        "Kentucky",    "Louisiana",      "Maine",         "Maryland",
    "Massachusetts", "Michigan",    "Minnesota",      "Mississippi",   "Missouri",
    "Montana",       "Nebraska",    "Nevada",         "New Hampshire", "New Jersey",
    "New Mexico",    "New York",    "North Carolina", "North Dakota",  "Ohio",
    "Oklahoma",      "Oregon",      "Pennsylvania",   "Rhode Island",  "South Carolina",
    "South Dakota",  "Tennessee",   "Texas",          "Utah",          "Vermont",
    "Virginia",      "Washington",  "West Virginia",  "Wisconsin",     "Wyoming"};

constexpr std::string_view kCountries[] = {
    "AR", "AT", "AU", "BE", "BG", "BR", "CA", "CH", "CL", "CN", "CO", "CZ", "DE", "DK", "EE",
    "EG", "ES", "ET", "FI", "FR", "GB", "GH", "GR", "HR", "HU", "IE", "IN", "IS", "IT", "JP",
    "KE", "KR", "LB", "LT", "LV", "MA", "MX", "MY", "NG", "NL", "NO", "NZ", "PE", "PL", "PT",
    "RO", "SE", "SG", "SI", "SK", "SN", "TH", "TR", "UA", "US", "UY", "VN", "ZA"};

constexpr std::string_view kMakes[] = {"Aldora",  "Brevik",   "Caldera", "Dorsett", "Elvaston",
                                       "Fenwick", "Galloway", "Hadley",  "Ingram",  "Jessop"};

constexpr std::string_view kModels[] = {"Anchor", "Breeze", "Compass", "Drift", "Estuary",
                                        "Fjord",  "Gannet", "Horizon", "Inlet", "Jetty"};

}  // namespace

const Words first_names = kFirstNames;
const Words titles = kTitles;
const Words mail_words = kMailWords;
const Words mail_domains = kMailDomains;
const Words genders = kGenders;
const Words languages = kLanguages;
const Words degrees = kDegrees;
const Words nationalities = kNationalities;
const Words occupations = kOccupations;
const Words blood_types = kBloodTypes;
const Words streets = kStreets;
const Words cities = kCities;
const Words states = kStates;
const Words countries = kCountries;
const Words makes = kMakes;
const Words models = kModels;

}  // namespace wharf::connectors::faker::words
