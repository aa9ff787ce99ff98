"""Words by what they can do in a label: English word lists, and whether a word tells anything at all.

In other languages every word tells, and what is said about all causes alike is weeded out by counting alone.
"""

from __future__ import annotations

from functools import cache

from tasks.causes.texts import is_redaction

LETTERS_AT_MOST = 25  # of a word: longer ones are no words, or whole sentences in a script without spaces
STEM_LETTERS = 3

# fmt: off
# among scikit-learn's stop words, and yet what a complaint may be about
CONTENT = frozenset({
    "amount", "back", "bill", "bottom", "call", "computer", "con", "cry", "describe", "detail", "empty", "fill", "find", "fire", "found",
    "front", "full", "interest", "mill", "mine", "move", "name", "off", "out", "part", "serious", "show", "side", "sincere", "system",
    "thick", "thin", "top",
})
# said about everything, and not among them
SMALL_TALK = frozenset({
    "able", "actually", "asked", "basically", "called", "came", "come", "day", "days", "dear", "did", "does", "doing", "etc", "getting",
    "going", "got", "hello", "hi", "im", "ive", "just", "know", "let", "like", "long", "make", "makes", "making", "need", "needed",
    "needs", "okay", "people", "please", "pls", "really", "regards", "said", "saw", "say", "saying", "says", "sure", "tell", "thank",
    "thanks", "thing", "things", "think", "told", "took", "tried", "try", "trying", "use", "used", "using", "want", "wanted", "wants",
    "way", "went",
    "http", "https", "www", "com",
    # what a desk writes under every case
    "attn", "case", "cases", "existing", "fyi", "noted", "ref", "resolved",
})
WHEN = frozenset({
    "january", "february", "march", "april", "june", "july", "august", "september", "october", "november", "december",
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "today", "yesterday", "tomorrow",
    "morning", "afternoon", "evening", "night", "hour", "hours", "week", "weeks", "month", "months", "year", "years", "ago", "am", "pm",
    "date", "dates", "time", "times",
})
NEGATIONS = frozenset({
    "no", "not", "never", "without", "unable", "cannot", "nobody", "can't", "cant", "couldn't", "couldnt", "didn't", "didnt",
    "doesn't", "doesnt", "don't", "dont", "hadn't", "hadnt", "hasn't", "hasnt", "haven't", "havent", "isn't", "isnt", "shouldn't",
    "shouldnt", "wasn't", "wasnt", "weren't", "werent", "won't", "wont", "wouldn't", "wouldnt",
})
# what went wrong, rather than what it is about
TROUBLE = NEGATIONS | frozenset({
    "blocked", "broken", "cancelled", "cracked", "damaged", "dangerous", "delayed", "declined", "denied", "dirty", "error", "expired",
    "failed", "failure", "false", "faulty", "fraudulent", "illegal", "inaccurate", "incorrect", "insufficient", "invalid", "late", "lost",
    "missed", "missing", "noisy", "overcharged", "pending", "refused", "rejected", "rude", "slow", "stolen", "stuck", "twice",
    "unauthorised", "unauthorized", "unfair", "unsafe", "unsatisfactory", "wrong", "wrongly",
})
# may stand inside a label, unlike "i", "you", "do" or "would"
INNER = NEGATIONS | frozenset({
    "a", "an", "the", "my", "your", "our", "his", "her", "their", "of", "for", "to", "from", "in", "on", "at", "with", "by", "into",
    "over", "after", "before", "about", "is", "are", "was", "were", "has", "have", "had", "been", "being", "still", "yet", "and",
    "or", "when", "while", "than", "one", "two", "three", "same", "too", "more", "any", "all", "up", "off", "out", "down", "back", "away",
})
COUPLINGS = frozenset({"of", "and", "or"})  # a phrase goes on across them: "wrong amount of cash"
PARTICLES = frozenset({"up", "off", "out", "down", "back", "away"})
TAKES_IN = frozenset({"log", "logs", "logged", "logging", "sign", "signed", "signing"})  # as in "log in"
# given names that are seldom a word, a brand or a place
GIVEN_NAMES = frozenset({
    "aaron", "adam", "adrian", "ahmed", "alan", "albert", "alejandro", "alex", "alice", "alicia", "allison", "amanda", "amy", "ana",
    "andrea", "andrew", "andy", "angela", "anita", "ann", "anna", "anne", "annie", "anthony", "antonio", "ashley", "barbara", "ben",
    "benjamin", "beth", "betty", "beverly", "billy", "bob", "bobby", "brad", "brandon", "brenda", "brian", "bruce", "bryan", "carl",
    "carla", "carlos", "carmen", "carol", "caroline", "catherine", "charles", "cheryl", "chris", "christina",
    "christine", "christopher", "cindy", "claire", "claudia", "colin", "craig", "cynthia", "daniel", "danielle", "danny",
    "dave", "david", "deborah", "debbie", "debra", "denise", "dennis", "derek", "diana", "diane", "diego", "donald", "donna", "doris",
    "dorothy", "doug", "douglas", "ed", "eddie", "edward", "eileen", "elaine", "elena", "elizabeth", "ellen", "emily", "emma", "eric",
    "erica", "erik", "erin", "ethan", "eugene", "eva", "evelyn", "fatima", "fernando", "fiona", "francisco", "frances", "fred", "gary",
    "george", "gerald", "gina", "gloria", "greg", "gregory", "hannah", "harold", "heather", "helen", "henry", "howard", "ian", "irene",
    "isabel", "jack", "jacob", "jacqueline", "jake", "james", "jamie", "jane", "janet", "janice", "jason", "javier", "jean", "jeff",
    "jeffrey", "jen", "jennifer", "jenny", "jeremy", "jerry", "jesse", "jessica", "jill", "jim", "jimmy", "joan", "joann", "joanne",
    "joe", "joel", "john", "johnny", "jon", "jonathan", "jorge", "jose", "joseph", "josh", "joshua", "juan", "judith", "judy", "julia",
    "julian", "julie", "justin", "karen", "kate", "katherine", "kathleen", "kathy", "katie", "keith", "kelly", "ken", "kenneth",
    "kevin", "kim", "kimberly", "kyle", "larry", "laura", "lauren", "laurie", "leah", "leo", "leonard", "leslie", "linda", "lisa",
    "liz", "lori", "louis", "louise", "lucy", "luis", "luke", "lynn", "manuel", "marc", "marcus", "margaret", "maria", "marie",
    "marilyn", "mario", "martha", "martin", "mary", "matt", "matthew", "megan", "melissa", "michael", "michele", "michelle", "miguel",
    "mike", "mohamed", "mohammed", "muhammad", "monica", "nancy", "natalie", "nathan", "neil", "nicholas", "nick", "nicole", "nina",
    "noah", "nora", "oliver", "olivia", "oscar", "pablo", "pamela", "patricia", "patrick", "paul", "paula", "pedro", "peter", "philip",
    "phil", "phyllis", "rachel", "ralph", "raymond", "rebecca", "ricardo", "richard", "rick", "robert", "roberta", "roger", "ronald",
    "rosa", "ruth", "ryan", "sam", "samantha", "samuel", "sandra", "sara", "sarah", "scott", "sean", "sergio", "sharon", "sheila",
    "shirley", "simon", "sofia", "sophie", "stephanie", "stephen", "steve", "steven", "stuart", "susan", "suzanne", "sylvia", "tammy",
    "teresa", "terry", "theresa", "thomas", "tiffany", "tim", "timothy", "tina", "todd", "tom", "tommy", "tony", "tracy", "valerie",
    "vanessa", "victor", "vincent", "walter", "wayne", "wendy", "william", "yolanda", "yvonne", "zoe",
})
# fmt: on


@cache
def stop_words() -> frozenset[str]:
    """Return English words that say nothing about a cause."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return (frozenset(ENGLISH_STOP_WORDS) | SMALL_TALK | WHEN | NEGATIONS | PARTICLES) - (CONTENT - PARTICLES)


@cache
def is_telling(word: str) -> bool:
    """Return whether a word in lower case says something: it is no stop word, contraction, given name, letter or redaction."""
    if len(set(word)) == 1 or len(word) > LETTERS_AT_MOST or "'" in word:
        return False
    return word not in stop_words() and word not in GIVEN_NAMES and not is_redaction(word)


@cache
def stem(word: str) -> str:
    """Return the word without an English ending, so that "refunds" and "refunded" count as one; not always a word."""
    for ending in ("ings", "ing", "ies", "ied", "ed", "es", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= STEM_LETTERS:
            return word[: -len(ending)]
    return word


@cache
def sense(phrase: str) -> str:
    """Return what phrases that say the same in another form share: the stems of the telling words, in order, and whether there is a not."""
    words = phrase.split()
    stems = {stem(word) for word in words if is_telling(word)}
    return " ".join(sorted(stems | ({"not"} if NEGATIONS & set(words) else set())))
