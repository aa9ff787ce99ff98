"""The programme file of the invented organisation that the demo runs."""

from __future__ import annotations

PROGRAMME = """\
# Caldersound Ferries: an invented operator with generated customers. `touchstone demo` wrote this file.
# Change it and run `touchstone validate programme.yaml`, then a cycle: each key means what its comment says.

programme: caldersound-ferries
title: Caldersound Ferries
timezone: Europe/London            # days and quarters are counted in this zone
year_starts_in: january
working_time: {days: [mon, tue, wed, thu, fri], hours: "09:00-17:00", holidays: GB-ENG}

# The steps of a trip, in the order in which customers meet them.
stages:
  - {id: before, title: Before the trip}
  - {id: port, title: At the port}
  - {id: crossing, title: On the crossing}
  - {id: after, title: After the trip}

# The silos, with the address that their follow-ups go to.
departments:
  - {id: digital, title: Digital and ticketing, mail: digital@caldersound.example, capacity_person_weeks: 4}
  - {id: terminals, title: Terminals, mail: terminals@caldersound.example, capacity_person_weeks: 5}   # a quarter, for follow-ups
  - {id: fleet, title: Ships and timetable, mail: fleet@caldersound.example}
  - {id: hospitality, title: On-board services, mail: hospitality@caldersound.example}
  - {id: relations, title: Customer relations, mail: relations@caldersound.example}

# Where customers meet the organisation. Every department that shapes a touchpoint is named, and one
# answers for it. A record belongs to the first touchpoint whose `where` it meets.
touchpoints:
  - id: booking
    title: Website, app and payment
    stage: before
    departments: [digital, relations]
    accountable: digital
    where: {category: [Website, App, Payment, Booking]}
  - id: assistance
    title: Booked assistance
    stage: port
    departments: [terminals, fleet, relations]
    accountable: terminals
    where: {category: [Assistance]}
  - id: terminal
    title: Terminal and tickets
    stage: port
    departments: [terminals]
    accountable: terminals
    where: {category: [Ticket machines, Terminal, Terminal and staff]}
  - id: boarding
    title: Boarding and car deck
    stage: port
    departments: [terminals, fleet]
    accountable: terminals
    where: {category: [Vehicle lanes, Boarding]}
  - id: sailing
    title: Punctuality and cancellations
    stage: crossing
    departments: [fleet, terminals, digital]
    accountable: fleet
    where: {category: [Cancellation, Delay, Timetable]}
  - id: onboard
    title: Lounges, café and Wi-Fi
    stage: crossing
    departments: [hospitality, fleet]
    accountable: hospitality
    where: {category: [Wi-Fi, Café, Lounge, On board]}
  - id: refunds
    title: Refunds and helpline
    stage: after
    departments: [relations, digital]
    accountable: relations
    where: {category: [Refund, Helpline, Refunds and help]}

# What is promised: a measure, a threshold, and the share of cases that must keep it.
standards:
  - id: answered
    title: Complaint settled by the promised date
    touchpoints: all                                # one figure over everything
    measure: {by_due_date: resolved_at}
    target_share: 0.75
  - id: acknowledged
    title: Complaint acknowledged within two working days
    touchpoints: all
    measure: {elapsed: [occurred_at, acknowledged_at], within: 2 working days}
    target_share: 0.95
  - id: case-number
    title: Case number given at once
    touchpoints: all
    measure: {flag: case_number_given}
    target_share: 0.90
  - id: assistance-settled
    title: Assistance complaint settled by the promised date
    touchpoints: [assistance]                       # a list: one figure for each
    measure: {by_due_date: resolved_at}
    target_share: 0.90
  - id: helpful-staff
    title: Terminal staff rated 4 or 5
    touchpoints: [terminal]
    measure: {rating: staff, at_least: 4}
    target_share: 0.85
  - id: sailing-settled
    title: Sailing complaint settled within ten days
    touchpoints: [sailing]
    measure: {elapsed: [occurred_at, resolved_at], within: 10 days}
    target_share: 0.75
  - id: easy-booking
    title: Booking rated 4 or 5
    touchpoints: [booking]
    measure: {rating: booking, at_least: 4}
    target_share: 0.70
  - id: smooth-boarding
    title: Boarding rated 4 or 5
    touchpoints: [boarding]
    measure: {rating: boarding, at_least: 4}
    target_share: 0.60
  - id: clean-ship
    title: Cleanliness rated 4 or 5
    touchpoints: [onboard]
    measure: {rating: cleanliness, at_least: 4}
    target_share: 0.80
  - id: wifi
    title: Wi-Fi rated 4 or 5
    touchpoints: [onboard]
    measure: {rating: wifi, at_least: 4}
    target_share: 0.60
  - id: refund-settled
    title: Refund or helpline complaint settled by the promised date
    touchpoints: [refunds]
    measure: {by_due_date: resolved_at}
    target_share: 0.75

sources:
  - id: complaints
    reads: {csv: "${DATA}/complaints-{cycle}.csv.gz"}
    fills: feedback
    keep: {received_by: [Web form, Telephone, E-mail, Letter, Counter]}   # leaves out the staff's own log
    columns:
      record_id: case_no
      pipe: {is: complaint}
      kind: {is: complaint}
      channel: {from: received_by, recode: {Web form: internet, Telephone: telephone, E-mail: email, Letter: mail, Counter: in_person}}
      occurred_at: {from: opened, format: "%d/%m/%Y %H:%M"}
      due_at: {from: promised_by, format: "%d/%m/%Y %H:%M"}
      acknowledged_at: {from: acknowledged, format: "%d/%m/%Y %H:%M"}
      resolved_at: {from: settled, format: "%d/%m/%Y %H:%M"}
      category: subject
      customer_id: customer_no
      customer_name: customer_name                  # used to mask the text, never stored
      text: what_happened
      region: route_area                            # not a canonical column: a dimension to slice by
      case_number_given: case_number_given
  - id: survey
    reads: {csv: "${DATA}/survey-{cycle}.csv"}
    fills: ratings                                  # a row is one person's answers
    columns:
      record_id: answer_no
      pipe: {is: survey}
      kind: {from: comment_type, recode: {Complaint: complaint, Praise: praise, Suggestion: suggestion}}
      channel: {is: internet}
      occurred_at: answered_on
      category: part_of_trip
      customer_id: customer_no
      customer_name: customer_name
      text: comment
      region: route_area
    ratings:                                        # 9 stands for "did not use"
      - {question: booking, from: q1_booking, scale: [1, 5], missing: ["9"], touchpoint: booking}
      - {question: staff, from: q2_staff, scale: [1, 5], missing: ["9"], touchpoint: terminal}
      - {question: boarding, from: q3_boarding, scale: [1, 5], missing: ["9"], touchpoint: boarding}
      - {question: cleanliness, from: q4_cleanliness, scale: [1, 5], missing: ["9"], touchpoint: onboard}
      - {question: wifi, from: q5_wifi, scale: [1, 5], missing: ["9"], touchpoint: onboard}
  - id: people                                      # what departments did about follow-ups
    reads: {csv: "${DATA}/updates-{cycle}.csv"}
    fills: follow_up_updates
    columns:
      follow_up_id: follow_up
      at: {from: when, format: "%Y-%m-%d %H:%M"}
      by: who
      status: status
      evidence: evidence
      note: note
      effort_person_weeks: person_weeks
      predicted_change: predicted

# What is expected before the data exist; the quarter named as window judges it.
objectives:
  - id: wifi-by-autumn
    standard: wifi
    touchpoint: onboard
    window: 2025Q4
    baseline: 2025Q2
    predicted_change: 0.20
    target_share: 0.60
    if: we put new access points on every ship
    then: six of ten passengers will rate the Wi-Fi 4 or 5
    because: four of five complaints come from dead spots on the car deck and in the forward lounge

# Degrees of harm, the gravest first: a single record of the first goes to leadership.
severities:
  - id: danger
    title: Somebody was or could be hurt
    words: [injured, hurt, bleeding, ambulance]
    due_in_working_days: 5
    is_for_leadership: true

gate: {quarantined_share_at_most: 0.02}             # more, and nothing is published

rules: {too_few_below: 10, customers_at_least: 5, biggest_causes: 3, due_in_working_days: 20}

audiences:
  - {id: leadership, gets: digest, mail: [director@caldersound.example]}
  - {id: quality, gets: report, mail: [quality@caldersound.example]}
  - {id: owners, gets: follow_ups, mail: departments}
  - {id: frontline, gets: praise, mail: departments}  # what customers thanked for, where they did
  - {id: operations, gets: alerts, mail: [operations@caldersound.example]}
"""
