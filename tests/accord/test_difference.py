from tests.accord.drafts import Draft

from safeconduct.accord.accord import Accord
from safeconduct.accord.difference import differences, visibility_changes
from safeconduct.terms.marking import Marking, Tlp


def test_accord_differs_in_nothing_from_itself(joint: Accord):
    assert differences(joint, joint) == []
    assert visibility_changes(joint, joint, [joint.marking(name, "host", "marjan") for name in joint.classes]) == []


def test_changed_words_are_told_in_their_language(joint: Accord, draft: Draft):
    (change,) = differences(
        joint, draft.edit("04", "by the host's commander alone, in writing", "by the host's commander alone").load()
    )
    assert change.subject == "clause 4.2 (en)"
    assert "in writing" in change.old
    assert "in writing" not in change.new


def test_new_power_is_told_with_its_article(joint: Accord, draft: Draft):
    draft.edit(
        "12",
        '["host.commander", "host.duty_officer"].contains',
        '["host.commander", "host.duty_officer", "host.analyst"].contains',
    )
    changes = {str(change) for change in differences(joint, draft.load())}
    assert changes == {
        f"+ host.analyst of host may place.{verb}: always, article 12.3" for verb in ("import", "change", "remove")
    }


def test_lost_power_is_told(joint: Accord, draft: Draft):
    draft.edit("11", '"partner.liaison_officer", "node.clock"]', '"node.clock"]')
    assert [str(change) for change in differences(joint, draft.load())] == [
        "- partner.liaison_officer of partner may alert.escalate: always, article 11.5"
    ]


def test_changed_lists_are_told(joint: Accord, draft: Draft):
    draft.edit("accord.toml", 'within = "PT2M"', 'within = "PT5M"').edit(
        "accord.toml", "retention_days = 1\n", "retention_days = 2\n"
    )
    draft.edit("accord.toml", 'silence = "PT72H"', 'silence = "PT96H"').edit(
        "accord.toml", "version = 1", "version = 2"
    )
    draft.edit("accord.toml", 'very-unlikely = ["low"', 'very-unlikely = ["medium"')
    subjects = [change.subject for change in differences(joint, draft.load())]
    assert subjects == [
        "version",
        "class position",
        "obligation acknowledge-alert",
        "risk very-unlikely x negligible",
        "council",
    ]


def test_visibility_changes_name_reader_and_fields(joint: Accord, draft: Draft):
    draft.edit(
        "accord.toml",
        '"ring", "severity", "raised", "ended", "state"] }',
        '"severity", "raised", "ended", "state", "vehicle"] }',
    )
    here, elsewhere = joint.marking("alert", "host", "marjan"), joint.marking("alert", "host", "harbour")
    withheld = Marking("host", "alert", Tlp.AMBER_STRICT, area="marjan")
    other = joint.marking("movement", "partner", "marjan")
    changes = visibility_changes(joint, draft.load(), [here, other, here, withheld, elsewhere])
    assert [(one.marking, one.party, one.role, one.gained, one.lost) for one in changes] == [
        (marking, "partner", "partner.project_manager", {"vehicle"}, {"ring"}) for marking in (here, elsewhere)
    ]


def test_role_that_the_draft_drops_loses_all_it_saw(joint: Accord, humanitarian: Accord):
    marking = joint.marking("alert", "host", "marjan")
    changes = {one.role: one for one in visibility_changes(joint, humanitarian, [marking])}
    assert changes["host.commander"].lost == joint.classes["alert"].fields["host.commander"]
    assert not changes["host.commander"].gained
