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


def test_no_class_has_a_field_for_a_face_or_a_name_of_a_traveller():
    fields = {field for names in CLASSES.values() for field in names}
    assert not fields & {"face", "person", "persons", "travellers", "manifest", "plate", "nationality", "religion"}


def test_fields_of_a_class_are_named_once():
    for info_class, fields in CLASSES.items():
        assert len(set(fields)) == len(fields), info_class
    assert set(CLASSES) > OPEN_CLASSES


def test_samples_know_every_class(joint: Accord, humanitarian: Accord):
    for accord in (joint, humanitarian):
        assert accord.schedule.unknown_classes == ()


NOBODYS = {"alert.shelve_critical"}
"""What an accord may let someone do, and neither sample does."""


def test_every_act_is_somebodys_in_both_samples(joint: Accord, humanitarian: Accord):
    for accord in (joint, humanitarian):
        assert {one.act for one in permissions(accord)} == set(ACTS) - NOBODYS


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
