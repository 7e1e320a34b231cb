from safeconduct.accord.accord import Accord
from safeconduct.accord.matrix import permissions
from safeconduct.accord.vocabulary import ACTS, CLASSES, LANGUAGES, OPEN_CLASSES, READ


def test_acts_name_known_classes_and_acts():
    for act in ACTS.values():
        assert act.on in CLASSES, act
        assert act.asks is None or act.asks in ACTS, act
    assert READ not in ACTS


def test_no_act_removes_an_entry_of_the_record():
    assert [act for act in ACTS if act.startswith("record.")] == ["record.erase"]


def test_no_class_has_a_field_for_a_face_a_plate_or_what_someone_is():
    fields = {field for info_class, names in CLASSES.items() if info_class != "sensor" for field in names}
    assert not fields & {"face", "plate", "nationality", "ethnicity", "religion", "health", "blood_group"}


def test_the_host_reads_no_identity_of_a_traveller_but_in_a_manifest(joint: Accord):
    """A manifest has a class of its own, which the node makes and deletes."""
    identities = {"person", "persons", "travellers", "name", "contacts", "user_name"}
    of_people = ("person", "movement", "whereabouts", "headcount_answer", "delivery", "sos", "check_in", "zone")
    for info_class in (one for one in of_people if one in CLASSES):
        for role, fields in joint.schedule.classes[info_class].fields.items():
            told = set(fields) & identities - ({"name"} if info_class == "movement" else set())
            assert not (role.startswith("host.") and told), (info_class, role, told)


def test_fields_of_a_class_are_named_once():
    for info_class, fields in CLASSES.items():
        assert len(set(fields)) == len(fields), info_class
    assert set(CLASSES) > OPEN_CLASSES


LATE_CLASSES = ("leg_soon", "leg_due", "manifest", "manifest_line")
LATE_ACTS = {"movement.disclose", "manifest.view", "manifest.reduce"}
"""Legs told late and manifests: the humanitarian sample has none, since its host reviews no names and no legs."""


def test_samples_know_every_class(joint: Accord, humanitarian: Accord):
    assert joint.schedule.unknown_classes == ()
    assert set(humanitarian.schedule.unknown_classes) <= set(LATE_CLASSES)


NOBODYS = {"alert.shelve_critical"}
"""What an accord may let someone do, and neither sample does."""


def test_every_act_is_somebodys_in_both_samples(joint: Accord, humanitarian: Accord):
    assert {one.act for one in permissions(joint)} == set(ACTS) - NOBODYS
    assert {one.act for one in permissions(humanitarian)} == set(ACTS) - NOBODYS - LATE_ACTS


def test_every_text_of_the_samples_is_in_every_language(joint: Accord, humanitarian: Accord):
    for accord in (joint, humanitarian):
        for article in accord.articles.values():
            for number in article.clauses:
                words = {accord.clause(number, language) for language in LANGUAGES}
                assert len(words) == len(LANGUAGES), number


def test_urdu_and_chinese_texts_are_written_in_their_scripts(joint: Accord, humanitarian: Accord):
    for accord in (joint, humanitarian):
        for number in (clause for article in accord.articles.values() for clause in article.clauses):
            assert any("\u0600" <= c <= "\u06ff" for c in accord.clause(number, "ur")), number
            assert any("\u4e00" <= c <= "\u9fff" for c in accord.clause(number, "zh-hans")), number
            assert not any("\u0600" <= c <= "\u9fff" for c in accord.clause(number, "en")), number
