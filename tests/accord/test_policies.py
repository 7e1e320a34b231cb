import pytest
from tests.accord.drafts import Draft

from safeconduct.accord.accord import Accord

ANNOTATIONS = '@id("4.5-x") @article("4.5") @reason("A reason.")'
SCOPE = 'permit (principal, action == Action::"measure.order", resource)'


def policy(condition: str) -> str:
    return f"{ANNOTATIONS}\n{SCOPE} when {{ {condition} }};"


@pytest.mark.parametrize(
    ("cedar", "found", "wanted"),
    [
        (policy('principal.role == "host.comander"'), "role 'host.comander'", "host.commander"),
        (policy('["host.commander", "hst"].contains(principal.role)'), "role 'hst'", "host.commander"),
        (policy('resource.class == "alrt"'), "class 'alrt'", "alert"),
        (policy('resource.class != "alrt"'), "class 'alrt'", "alert"),
        (policy('principal.party == "guest"'), "party 'guest'", "one of host, partner"),
        (policy('principal.side == "left"'), "side 'left'", "one of host, partner"),
        (policy('resource.tlp == "AMBER"'), "tlp 'AMBER'", "TLP:AMBER"),
        (policy('resource.releasable_to.contains("press")'), "releasable_to 'press'", "one of host, partner"),
        (policy("principal.rank == 3"), "rank", "fits the schema"),
        (policy('principal.role like "host.*"'), "'like'", "only =="),
        (policy("if resource.own then true else false"), "'if-then-else'", "only =="),
        (policy("principal has role"), "'has'", "only =="),
        (policy('principal == Principal::"x"'), "the entity", "attributes only"),
        (
            policy("resource.class == principal.role"),
            "a class compared with no class by name",
            "resource.class and texts",
        ),
        (policy('["accord", resource.class].contains("accord")'), "a set of more than plain values", "a set such as"),
        (policy("action == action"), "the variable 'action'", "principal, resource or context"),
        (policy("context.in_aera"), "in_aera", "fits the schema"),
        (policy('principal.role == "host.commander" &&'), "unexpected token", "Cedar policies"),
        (policy("principal.own == true"), "own", "fits the schema"),
        (policy("(" * 40 + "true" + ")" * 40), "brackets nested too deep", "at most 32"),
        (policy(" && ".join(["resource.own"] * 100)), "conditions over 64 deep", "simpler"),
        (policy("resource.own") + "\n" + "// x" * 5000, "characters", "at most 16384"),
        (
            f'{ANNOTATIONS} permit (principal, action == Action::"measure.odrer", resource);',
            "measure.odrer",
            "fits the schema",
        ),
        (f"{ANNOTATIONS} permit (principal == ?principal, action, resource);", "a template", "a whole policy"),
        (
            f'{ANNOTATIONS} permit (principal == Principal::"x", action, resource);',
            "names one principal",
            "`principal` alone",
        ),
        (f'{ANNOTATIONS} permit (principal, action, resource in Item::"x");', "names one resource", "`resource` alone"),
        (
            f'{ANNOTATIONS} permit (principal, action, resource is Item in Item::"x");',
            "names one resource",
            "`resource` alone",
        ),
        (f'@article("4.5") @reason("r") {SCOPE};', "no @id", "@id("),
        (f'@id("x") @reason("r") {SCOPE};', "no @article", "@article("),
        (f'@id("x") @article("4.5") {SCOPE};', "no @reason", "@reason("),
        (f'@id("x") @article @reason("r") {SCOPE};', "no @article", "@article("),
        (f'@id("x") @article("9.1") @reason("r") {SCOPE};', "@article('9.1')", "a clause of this article: 4.1"),
        (f'@id("4.2-order") @article("4.2") @reason("r") {SCOPE} when {{ false }};', "the id twice", "each id once"),
        (f'@id("9.2-plan") @article("4.2") @reason("r") {SCOPE} when {{ false }};', "the id twice", "each id once"),
        ("permit", "unexpected end of input", "Cedar policies"),
        ("\x00", "invalid token", "Cedar policies"),
    ],
)
def test_damage_to_a_policy_is_named(draft: Draft, cedar: str, found: str, wanted: str):
    faults = draft.add_policy("04", cedar).faults()
    assert any(found in fault.found and wanted in fault.wanted for fault in faults), [str(fault) for fault in faults]


def test_fault_of_a_policy_names_file_and_policy(draft: Draft):
    (fault,) = draft.add_policy("04", policy('principal.role == "hst"')).faults()
    assert fault.where.startswith("articles/04-command.md block at line ")
    assert fault.where.endswith(" policy 4.5-x")


def test_empty_block_is_no_fault(draft: Draft):
    draft.add_policy("04", "// nothing yet").load()


def test_scope_by_kind_is_allowed(draft: Draft):
    accord = draft.add_policy(
        "04",
        f'{ANNOTATIONS} forbid (principal is Principal, action == Action::"measure.order", resource is Item) '
        'when { resource.tlp == "TLP:RED" };',
    ).load()
    assert accord.policies["4.5-x"].actions == {"measure.order"}


def test_policies_know_what_they_look_at(joint: Accord):
    policy = joint.policies["8.3-amber"]
    assert policy.attributes == {"tlp", "own", "releasable_to", "party"}
    assert joint.policies["7.6-offices-read"].classes == {"appointment", "record"}
    assert joint.policies["4.2-order"].actions == {"measure.order", "measure.lift"}
    assert not joint.policies["3.3-area"].actions
