r"""The words of a post, for search, in a column of its own: computed once, not at every look.

Nothing is stemmed, and each sign of the scripts that are written without spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese) is a word
of its own, so that any part of a sentence is found as a phrase. pg_trgm can't do that: it finds nothing shorter than three signs, and
nothing at all beyond ASCII in databases with the C locale.

The column is not in the model, because no row is ever read with it. A trigger fills it, so that a server of the version before, which
still runs, does so as well; handlers/search_words.py goes through the posts from before.
"""

from django.db import migrations

_SPACELESS = "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f]"

_CREATE = rf"""
ALTER TABLE activities_post ADD COLUMN words tsvector;
-- so that the 3,000 commonest words are known by their number; queries/search.py asks for it
ALTER TABLE activities_post ALTER COLUMN words SET STATISTICS 300;

CREATE FUNCTION activities_search_text(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN regexp_replace(said, '({_SPACELESS})', ' \1 ', 'g');
CREATE FUNCTION activities_search_words(content_warning text, title text, content text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_tsvector('simple'::regconfig, activities_search_text(content_warning || ' ' || title || ' ' || content));
CREATE FUNCTION activities_search_phrase(asked text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN phraseto_tsquery('simple'::regconfig, activities_search_text(asked));

CREATE FUNCTION activities_post_set_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.words := activities_search_words(NEW.content_warning, NEW.title, NEW.content);
    RETURN NEW;
END $$;
CREATE TRIGGER activities_post_words BEFORE INSERT OR UPDATE OF content_warning, title, content ON activities_post
    FOR EACH ROW WHEN (NEW.boost_of_id IS NULL) EXECUTE FUNCTION activities_post_set_words()
"""

_DROP = """
DROP TRIGGER activities_post_words ON activities_post;
DROP FUNCTION activities_post_set_words();
DROP FUNCTION activities_search_phrase(text);
DROP FUNCTION activities_search_words(text, text, text);
DROP FUNCTION activities_search_text(text);
ALTER TABLE activities_post DROP COLUMN words
"""


class Migration(migrations.Migration):
    dependencies = [("activities", "0015_count_activity_by_week")]

    operations = [migrations.RunSQL(_CREATE, _DROP)]
