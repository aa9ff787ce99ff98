"""Words that all customers of the invented operator share, and what they say beside the planted causes."""

from __future__ import annotations

from tasks.demo.grammar import Voice

COMMON = Voice(
    core=(
        "I have [used your ferries|travelled with you|been a regular] for [years|a long time|{few} years]",
        "I [am writing|write] about my [trip|journey] [on|of] {day}[ last| this week|]",
        "[Sorry to bother you, but|I do not usually complain, but] [this was not good|I am disappointed|this needs saying]",
        "We [travelled|went] from {port} [with {company}|on {day}|]",
        "[Good morning|Hello|Dear Caldersound Ferries|To whom it may concern], [a few words about our trip|this is a complaint]",
        "[My {relative}|A friend] and I [travelled|crossed] on {day}",
        "This is [now the second|the third|not the first] time I [write|get in touch]",
    ),
    effect=(
        "[Please look into this|Can somebody look into this|I would like somebody to look at this]",
        "I [hope|trust] this [is put right|gets better] [soon|before our next trip|before long]",
        "[I look forward to your answer|I would be glad of an answer|Please let me know what you will do]",
        "[I expected better|We expected better|You used to be better than this]",
        "[Not good enough|Very disappointing|Really poor], [I am sorry to say|in my view|to be honest]",
        "[Otherwise we like travelling with you|The rest of the day was fine|Apart from that no complaints]",
        "[Thank you for reading this|Thanks for taking the time|Thank you in advance]",
        "[I know your people try hard|I do understand these things happen], but [it keeps happening|there is no excuse]",
    ),
    slots={
        "port": ("Calder Quay", "Port Linnet", "Skarrow", "Hethersay", "Ulvan Head", "Morrowby"),
        "day": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        "daypart": ("morning", "afternoon", "evening"),
        "few": ("two", "three", "four", "five", "six"),
        "minutes": ("ten", "fifteen", "twenty", "twenty-five", "thirty", "forty", "fifty"),
        "hour": ("7.15", "8.30", "9.45", "11.20", "1.40", "3.10", "5.25", "6.50"),
        "relative": ("wife", "husband", "mother", "father", "daughter", "son", "sister", "neighbour"),
        "company": ("two small children", "my elderly parents", "the whole family", "friends", "a group of eight", "my grandchildren"),
    },
)

ASSISTANCE = Voice(
    core=(
        "I had booked wheelchair assistance at {port} and [nobody came|the porter came {minutes} minutes late]",
        "The [lift to the gangway|passenger lift] at {port} was out of use and my {relative} uses a wheelchair",
        "My {relative} is [blind|partially sighted] and [was left alone|nobody guided us] from the gate to the [ship|seats]",
        "Help with the wheelchair had been [arranged|confirmed] [twice|in writing], yet the [staff at the ramp|crew] knew nothing of it",
    ),
    detail=(
        "We had given [two days|48 hours] notice as your leaflet asks",
        "[Another passenger|A lorry driver] had to push the chair up the ramp",
        "In the end a [kind sailor|member of the crew] carried the bags",
    ),
    effect=("It was [humiliating|upsetting] for {pronoun}", "My {relative} no longer dares to travel alone"),
    slots={"pronoun": ("both of us", "us")},
)

# One remark in eight is about none of the planted causes; each of these matters is small and stays so.
ASSORTED: dict[str, tuple[Voice, ...]] = {
    "booking": (
        Voice(
            core=(
                "The gift voucher [for my birthday|from my {relative}] [could not be used|was refused] for [a day trip|the island tour]",
                "[A gift voucher|My voucher] had run out [after only six months|a week before] and nobody tells you when you buy it",
                "I tried to pay with a gift voucher and [the field for the voucher number is missing|only half its value was counted]",
            ),
            detail=(
                "A voucher should be as good as money, with no small print",
                "It was a present, [now|and] the voucher is worth nothing",
            ),
        ),
        Voice(
            core=(
                "There is no [school|group] fare for [twenty|thirty] pupils and {few} teachers, [we paid in full|which makes no sense]",
                "The reduced fare for [pensioners|students|islanders] was not [offered|given] although I [hold|showed] the discount card",
                "A group of [fourteen|eighteen] pensioners pays the full fare, there is no discount for groups [on {day}|before ten]",
            ),
            detail=("Other operators give groups a discount on the fare", "Nobody could tell me which fare is for whom"),
        ),
    ),
    "terminal": (
        Voice(
            core=(
                "The car park at {port} [is too small|was full by nine|costs too much] and [the attendant was rude|the signs are hidden]",
                "I got a parking fine at {port} [although my permit was on the windscreen|because the meter refused my card]",
                "Parking at {port} costs [twelve|fifteen] pounds a day, [with no roof and no light|more than in the city]",
            ),
            detail=("The parking meter is at the far end of the car park", "The parking fine came {few} weeks later"),
        ),
        Voice(
            core=(
                "The waiting room at {port} [is freezing|has no heating|leaks] and [the benches are broken|the door does not shut]",
                "[Seagulls|Pigeons] everywhere in the waiting room at {port}, [the benches are filthy|nobody seems to sweep it]",
                "We sat in the cold waiting room at {port}, [the heating was off|there was no heating] and the benches were [wet|broken]",
            ),
            detail=(
                "A waiting room needs heating, light and dry benches",
                "My {relative} stood outside because the waiting room was colder",
            ),
        ),
    ),
    "boarding": (
        Voice(
            core=(
                "The bicycle rack [was full of crates|is too short for a tandem] and the bikes [fell over|got scratched]",
                "Cyclists have to [wait in the rain until last|push their bicycles between lorries], it [feels|is] unsafe",
                "My bicycle was [tied to a railing|leant against others] because the bicycle rack was [full|broken], and the wheel is bent",
            ),
            detail=(
                "More and more people bring bicycles, the rack holds six",
                "Cyclists pay for their bicycles, so give them a proper rack",
            ),
        ),
        Voice(
            core=(
                "The gangway was [steep and slippery|wet with no grip] and my {relative} [nearly fell|slipped and hurt a knee]",
                "The gangway at {port} [shakes|has a loose plank] and the handrail is [too low|rusty], [we were afraid|somebody will fall]",
                "With suitcases the gangway at {port} is [a climb|far too steep], at low tide [most of all|I would call it dangerous]",
            ),
            detail=("A rubber mat on the gangway would do", "The handrail of the gangway was covered in salt and ice"),
        ),
    ),
    "sailing": (
        Voice(
            core=(
                "The loudspeaker [crackles so much|is so quiet] that nobody [on deck|in the rear saloon] understands the announcements",
                "Announcements over the loudspeaker are [far too loud|deafening] [at six in the morning|near the rear seats]",
                "The announcements came in one language, [read at top speed|mumbled], over a loudspeaker that [hums|whistles]",
            ),
            detail=(
                "My {relative} is hard of hearing and understood no announcement",
                "A screen beside the loudspeaker would help everybody",
            ),
        ),
        Voice(
            core=(
                "People were smoking on the [upper deck|outside stairs] [right under the sign|next to children] and no one said a word",
                "Cigarette smoke [blows in through the doors|hung over the open deck], [the crew were smoking too|I could not breathe]",
                "Is smoking allowed on the open deck or not? [The sign says no|Half of us do], the smoke was [everywhere|in my face]",
            ),
            detail=("Give smokers a corner of their own downwind", "The deck was full of cigarette ends"),
        ),
    ),
    "onboard": (
        Voice(
            core=(
                "Dogs were lying on the seats in the [quiet|forward] saloon, [one dog barked all the way|I am allergic to dogs]",
                "There is nowhere for dog owners to sit [inside|out of the wind], our old [spaniel|terrier] was shivering",
                "[Two|Three] large dogs without a lead [ran|roamed] through the saloon and [frightened|jumped at] the children",
            ),
            detail=("A saloon for dogs and their owners would solve it", "Your rules say dogs on a lead, nobody enforces them"),
        ),
        Voice(
            core=(
                "The [toilets|washrooms] had no [soap|paper] and one [basin was blocked|door would not lock]",
                "Only one of the toilets on the lower deck [worked|could be locked], the [other smelt|floor was flooded]",
                "The toilets were [dirty|in a bad state] [an hour after we left|already at departure], no soap, no [paper|towels]",
            ),
            detail=("Nobody had looked at the toilets since the morning", "The baby changing table in the toilet was broken"),
        ),
    ),
    "refunds": (
        Voice(
            core=(
                "The answer I got was a standard letter [that did not mention my question|addressed to somebody else]",
                "Your reply [thanks me for my feedback|quotes paragraph fourteen] and [says nothing at all|answers a different question]",
                "I wrote you a full page and received a standard letter of [three lines|two sentences] in reply",
            ),
            detail=("Does anybody read the letters before the standard reply goes out?", "The letter was signed by nobody"),
        ),
    ),
}

PRAISE = Voice(
    core=(
        "[Lovely crossing|Smooth trip|A very pleasant crossing], [everything on time|calm sea and friendly crew], thank you",
        "The [crew|deckhand|purser] on {ship} [could not have been kinder|was so helpful] [to my {relative}|with our bags|]",
        "[Clean ship|Spotless lounge], [smiling staff|good seats], [great views of the islands|we will be back]",
        "[Best ferry I know|Always a pleasure], [keep it up|well done to all of you]",
        "Boarding was [quick|well organised] and the [coffee|view] [excellent|wonderful]",
    ),
    effect=("[We will come again|I recommend you to everybody]", "[Well done|Thank you all]"),
    slots={"ship": ("the Turnstone", "the Dunlin", "the Sandpiper")},
)

STAFF_NOTE = Voice(
    core=(
        "[Shift handover|Duty manager's note|Log]: radio {few} at {port} [on charge|returned], spare [handset|battery] in the locker",
        "[Shift handover|Log]: fire door at {port} checked at {hour}, [no defects|hinge to be oiled]",
        "[Test entry|Training entry], please ignore: new colleague at {port} practising the case form",
    )
)
