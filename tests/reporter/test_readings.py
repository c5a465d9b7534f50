"""The claims that ship are as narrow and as broad as their sentences: what was once read wrongly, by its whole kind."""

from collections import Counter

import pytest

from matrix.contradictions import contradictions
from matrix.data.claims import load_claims, sentence_of
from matrix.findings.view import COLUMN, CURRENT
from matrix.judge import patterns_of
from matrix.probe.vocabulary import ADDRESSES
from matrix.records import Claim
from matrix.vocabulary import DIFFERENT_ACCOUNTS, SERVES, ClaimKind, Expected, Measure

CLAIMS = load_claims()
XP = ("microsoft-guide", "Windows XP and earlier")
OPTION_PAGE = ("microsoft-option-page", "second bind by option and address")
WORDS_OF_LEAVING_OPEN = ("left open", "leaves open", "indeterminate", "undefined", "undetermined", "may block", "can not determine")


def claims_of(sentence: str) -> list[Claim]:
    """The claims of one sentence."""
    found = [claim for claim in CLAIMS.claims if sentence_of(claim.id) == sentence]
    assert found, sentence
    return found


def sentences() -> list[Claim]:
    """Every claim that is a part of a sentence."""
    return [claim for claim in CLAIMS.claims if claim.kind == ClaimKind.SENTENCE]


def table(name: tuple[str, str]) -> dict[tuple[str, ...], Claim]:
    """The cells of a documented table by their patterns."""
    return {claim.pattern: claim for claim in CLAIMS.claims if claim.kind == ClaimKind.CELL and (claim.source, claim.section) == name}


def test_what_a_document_leaves_open_is_expected_to_be_left_open() -> None:
    """No steady answer refutes such words, and no changing one confirms them: they never expect an outcome."""
    said = {claim.id for claim in sentences() if any(words in claim.statement for words in WORDS_OF_LEAVING_OPEN)}
    expected = {claim.id for claim in sentences() if claim.expected == Expected.LEFT_OPEN}
    assert said | {each.id for each in claims_of("linux-man-pages/reuseport-distributes")} == expected
    assert len({sentence_of(each) for each in expected}) == 8
    microsofts = [claim for claim in sentences() if claim.source.startswith("microsoft-")]
    assert not [claim.id for claim in microsofts if claim.expected == "split"]


def test_the_receiver_is_left_open_for_every_pair_of_addresses_that_the_words_take_in() -> None:
    """All sockets on the port, and not those on one address alone; the note to the option page's table names equal addresses."""
    pairs = {
        name: {tuple(claim.pattern[COLUMN[column]] for column in ("first_address", "second_address")) for claim in claims_of(name)}
        for name in (
            "microsoft-guide/says/reuseaddr-indeterminate",
            "microsoft-guide/says/second-hijacks-receiver",
            "microsoft-option-page/says/overtaken-receiver",
            "microsoft-option-page/says/undefined-receiver",
        )
    }
    same = {("wildcard", "wildcard"), ("specific", "specific")}
    every = same | {("wildcard", "specific"), ("specific", "wildcard")}
    assert list(pairs.values()) == [every, every, every, same]


def test_nothing_is_claimed_of_data_that_was_acknowledged_and_not_read() -> None:
    """The documents speak of data that is not acknowledged; what is measured is a fact of the host and no more."""
    assert not [claim.id for claim in CLAIMS.claims if Measure.LINGER_LOSS in claim.pattern[COLUMN["measure"]].split("|")]
    assert len([each for each in CLAIMS.unmeasured if "not acknowledged" in each.sentence]) == 2


def test_a_sentence_on_late_options_is_the_one_that_names_them_and_counts_no_case_that_cannot_tell() -> None:
    """Each names its option; `indistinct` is expected by none."""
    late = [claim for claim in CLAIMS.claims if claim.pattern[COLUMN["measure"]] == Measure.LATE_OPTION]
    assert all(claim.pattern[COLUMN["first_option"]] for claim in late)
    assert not [claim.id for claim in late if "indistinct" in claim.expected]
    assert {claim.source for claim in late} == {
        "microsoft-option-page", "microsoft-kernel", "microsoft-sol-socket", "linux-man-pages", "freebsd-test-afinet"}  # fmt: skip
    assert {claim.pattern[COLUMN["first_option"]] for claim in claims_of("microsoft-option-page/says/option-before-bind")} == {
        "SO_EXCLUSIVEADDRUSE", "SO_REUSEADDR"}  # fmt: skip


def test_read_fairly_no_document_contradicts_itself() -> None:
    """By their words alone the sentences around the guide's first table contradict its later ones, and no other sentence does."""
    own = [each for each in contradictions(CLAIMS.claims) if each.a.source == each.b.source]
    assert not [(each.a.id, each.b.id) for each in own if each.fair]
    assert {sentence_of(each.id) for pair in own for each in (pair.a, pair.b) if each.fair_until} == set(CLAIMS.readings)


def test_a_sentence_with_two_readings_agrees_with_the_table_around_it_in_every_cell() -> None:
    """That is why the narrower reading is the fair one."""
    cells = {pattern: claim.expected for claim in table(XP).values() for pattern, _ in patterns_of(claim)}
    for sentence in CLAIMS.readings:
        shared = [
            (claim.expected, cells[pattern])
            for claim in claims_of(sentence)
            for pattern, _ in patterns_of(claim)
            if pattern in cells and claim.pattern[COLUMN["first_option"]]
        ]
        assert all(found in expected.split("|") or (expected, found) in {("REFUSED", "INUSE")} for expected, found in shared), sentence
        assert {claim.last for claim in claims_of(sentence)} == {"5.1"}
    assert set(CLAIMS.readings) == {
        f"microsoft-guide/says/{name}"
        for name in ("reuseaddr-forces", "exclusive-after-wildcard-fails", "second-hijacks", "client-first-forced")
    }


def test_the_option_page_repeats_the_table_for_xp() -> None:
    """All 36 cells; it names Windows 2000 as the least and no end, and so differs from the table of today."""
    xp, page, today = table(XP), table(OPTION_PAGE), table(CURRENT)
    assert [claim.expected for claim in xp.values()] == [page[pattern].expected for pattern in xp]
    assert len(xp) == len(today) == 36
    assert {(claim.since, claim.until) for claim in CLAIMS.claims if claim.source == OPTION_PAGE[0]} == {("5.0", "")}
    of_today = {(*pattern[: COLUMN["account"]], "", pattern[-1]): claim.expected for pattern, claim in today.items()}
    assert sum(page[pattern].expected != expected for pattern, expected in of_today.items()) == 12
    assert "Windows 2000" in CLAIMS.sources[OPTION_PAGE[0]].note


def test_either_of_two_errors_is_not_any_refusal() -> None:
    """Who says with which errors it fails is held to them."""
    named = [claim for claim in sentences() if any(words in claim.statement for words in ("WSAEADDRINUSE or WSAEACCES", "10048 or 10013"))]
    assert named
    assert {claim.expected for claim in named} == {"INUSE|ACCESS"}


@pytest.mark.parametrize("sentence", ["microsoft-guide/says/different-interfaces", "microsoft-kernel/says/different-addresses"])
def test_two_different_specific_addresses_are_all_pairs_of_them(sentence: str) -> None:
    """Of one family and of two, mapped ones as what they are; every pair that serves nothing in common, and no other."""
    specific = [(each.family, each.name) for each in ADDRESSES if "wildcard" not in each.name]
    wanted = {(one, other) for one in specific for other in specific if not set(SERVES[one]) & set(SERVES[other])}
    columns = ("first_family", "first_address", "second_family", "second_address")
    found = set()
    for claim in claims_of(sentence):
        for pattern, expected in patterns_of(claim):
            first_family, first, second_family, second = (pattern[COLUMN[column]] for column in columns)
            found.add(((first_family, first), (second_family, second)))
            assert expected == "SUCCESS"
    assert found == wanted


def test_any_later_bind_is_one_on_any_address() -> None:
    """After a wildcard: the wildcard, the specific and the other specific address."""
    for sentence in (
        "microsoft-guide/says/exclusive-after-wildcard-fails",
        "microsoft-guide/says/exclusive-wildcard-then-any",
        "microsoft-guide/says/default-wildcard-other-account",
        "microsoft-option-page/says/exclusive-wildcard-error-depends-on-second",
    ):
        found = {word for claim in claims_of(sentence) for word in claim.pattern[COLUMN["second_address"]].split("|")}
        assert found == {"wildcard", "specific", "other-specific"}, sentence


def test_an_exclusive_socket_on_the_wildcard_wants_every_address_free() -> None:
    """The other specific one, too, and dual-stack sockets of every kind."""
    firsts = {
        (claim.pattern[COLUMN["first_family"]], word)
        for claim in claims_of("microsoft-guide/says/dual-stack-exclusive")
        for word in claim.pattern[COLUMN["first_address"]].split("|")
    }
    assert firsts == {(each.family, each.name) for each in ADDRESSES}


def test_a_second_exclusive_socket_is_left_to_the_table() -> None:
    """The sentence explains the table, which refuses SO_EXCLUSIVEADDRUSE after SO_EXCLUSIVEADDRUSE; and it begins with Server 2003."""
    for claim in claims_of("microsoft-guide/says/exclusive-specific-then-wildcard"):
        assert claim.pattern[COLUMN["second_option"]] == "default|SO_REUSEADDR"
        assert (claim.since, claim.pattern[COLUMN["account"]]) == ("5.2", "same")
    assert {claim.since for claim in claims_of("microsoft-guide/says/exclusive-gets-every-interface")} == {"5.2"}


def test_an_assertion_asks_no_pair_of_accounts_that_its_test_does_not() -> None:
    """`other` stands for every direction, and no test has them all."""
    asked = [
        claim.id for claim in CLAIMS.claims if claim.kind == ClaimKind.ASSERTION and claim.pattern[COLUMN["account"]] in DIFFERENT_ACCOUNTS
    ]
    assert asked == []


def test_a_converse_or_somebody_elses_words_are_no_claims() -> None:
    """A flag in common is needed and not said to suffice; the manuals disclaim the RFC's words that they tell."""
    ids = {sentence_of(claim.id) for claim in CLAIMS.claims}
    assert not ids & {"gvisor-statement/a-flag-in-common", "macos-manual/wildcards-separate", "freebsd-inet6-manual/wildcards-separate"}
    told = {each.source for each in CLAIMS.unmeasured if each.sentence.startswith("An IPv4 and an IPv6 wildcard socket")}
    assert told == {"macos-manual", "freebsd-inet6-manual"}


def test_what_a_service_pack_decides_is_not_judged_by_a_version() -> None:
    """NT 4.0 has one version for all of them."""
    exclusive = [claim for claim in CLAIMS.claims if claim.pattern[:3] == ("", "", "SO_EXCLUSIVEADDRUSE") and claim.expected == "SUCCESS"]
    assert exclusive
    assert not [claim.id for claim in exclusive if claim.pattern[-1] == Measure.AVAILABLE and claim.since == "4.0"]


def test_a_combined_sentence_has_all_its_parts_under_one_id() -> None:
    """The refusals and the exception; the refusal and its end."""
    parts = {
        sentence: Counter((claim.pattern[COLUMN["account"]], claim.pattern[-1], claim.expected) for claim in claims_of(sentence))
        for sentence in ("microsoft-guide/says/not-shareable-by-default", "microsoft-guide/says/exclusive-not-reusable-while-connected")
    }
    assert list(parts.values()) == [
        {("other", "bind", "REFUSED"): 3, ("other", "bind", "SUCCESS"): 1, ("same", "bind", "SUCCESS"): 2},
        {("", "bind", "REFUSED"): 2, ("", "freed", "SUCCESS"): 2},
    ]


def test_every_source_says_something() -> None:
    """A claim, or why there is none."""
    speaking = {claim.source for claim in CLAIMS.claims} | {each.source for each in CLAIMS.unmeasured}
    assert speaking == set(CLAIMS.sources)


# The statements of Microsoft's guide, one by one: what each says, and the sentences that judge it or, beginning with `not:`, the
# sentence of unmeasured.csv that says why none can.
STATEMENTS = (
    ("a port could be taken over in the past", "reuseaddr-forces"),
    ("servers are concerned", "not:Socket security concerns"),
    ("clients are rarer targets", "not:Most clients bind"),
    ("clients should bind to port 0", "not:Clients should bind"),
    ("ephemeral ports are above 49151", "ephemeral-above-49151"),
    ("clients and servers seldom conflict", "not:Most clients bind"),
    ("what exists on which Windows", "exclusive-since-nt4sp4", "not:enhanced_socket_security", "not:SO_EXCLUSIVEADDRUSE"),
    ("SO_REUSEADDR binds to a port in use", "reuseaddr-forces"),
    ("all sockets there are then indeterminate", "reuseaddr-indeterminate"),
    ("connections can't be guaranteed to reach the right one", "reuseaddr-indeterminate"),
    ("so service can be denied", "reuseaddr-forces", "not:A malicious program"),
    ("no privilege is needed", "reuseaddr-unprivileged"),
    ("a client that binds first makes trouble", "client-first-forced", "client-first-receiver"),
    ("multicast is the exception", "multicast-both"),
    ("before the option little could be done", "not:Before SO_EXCLUSIVEADDRUSE"),
    ("it came with NT 4.0 SP4", "exclusive-since-nt4sp4"),
    ("administrators only, until XP", "exclusive-needs-administrator"),
    ("it is set before the bind", "not:The option is set before the bind"),
    ("different interfaces don't conflict", "different-interfaces"),
    ("after a wildcard it fails", "exclusive-after-wildcard-fails"),
    ("the second hijacks", "second-hijacks"),
    ("and the receiver can't be determined", "second-hijacks-receiver"),
    ("a socket is not exclusive unless set", "not-exclusive-unless-set"),
    ("a client first, then a server", "client-first-forced", "client-first-receiver"),
    ("not reusable while the connection lives", "exclusive-not-reusable-while-connected"),
    ("the transport may hold it", "exclusive-blocked-by-zero-window", "not:The transport might never"),
    ("graceful shutdown avoids that", "graceful-shutdown-frees"),
    ("and guarantees that all is received", "not:A graceful shutdown guarantees"),
    ("and confirms it with the peer", "not:A graceful shutdown confirms"),
    ("SO_LINGER prevents the wait state", "linger-avoids-wait-state"),
    ("and can lose unacknowledged data", "not:Under SO_LINGER, data"),
    ("its time is difficult to pick and may block", "linger-blocks-close", "not:Picking a linger time"),
    ("not shareable by default", "not-shareable-by-default"),
    ("specific first, then the wildcard", "exclusive-specific-then-wildcard"),
    ("not the other way round", "exclusive-wildcard-then-any"),
    ("another account can't", "default-wildcard-other-account"),
    ("dual stack reserves both", "dual-stack-reserves-both", "dual-stack-exclusive"),
    ("SO_REUSEADDR is vulnerable", "reuseaddr-is-vulnerable", "not:All server applications"),
    ("SO_EXCLUSIVEADDRUSE prevents it and tells", "exclusive-prevents-hijacking", "exclusive-wildcard-detects-specific",
     "exclusive-gets-every-interface", "not:SO_EXCLUSIVEADDRUSE tells"),
)  # fmt: skip


@pytest.mark.parametrize(("what", "where"), [(each[0], each[1:]) for each in STATEMENTS], ids=[each[0] for each in STATEMENTS])
def test_each_statement_of_the_guide_has_the_rows_that_judge_it_or_the_reason_for_none(what: str, where: tuple[str, ...]) -> None:
    """39 of them."""
    assert len(STATEMENTS) == 39
    for each in where:
        if each.startswith("not:"):
            assert [
                found for found in CLAIMS.unmeasured if found.source == "microsoft-guide" and found.sentence.startswith(each[len("not:") :])
            ], each
        else:
            claims_of(f"microsoft-guide/says/{each}")


def test_no_sentence_of_the_guide_is_outside_of_its_statements() -> None:
    """What is judged or left out is a statement of the page."""
    named = {each for statement in STATEMENTS for each in statement[1:]}
    judged = {claim.id.split("/")[2] for claim in sentences() if claim.source == "microsoft-guide"}
    assert {each for each in named if not each.startswith("not:")} == judged
    for each in CLAIMS.unmeasured:
        if each.source == "microsoft-guide":
            assert any(each.sentence.startswith(name[len("not:") :]) for name in named if name.startswith("not:")), each.sentence
