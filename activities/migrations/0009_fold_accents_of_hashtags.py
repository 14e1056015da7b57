"""Hashtags are compared without the accents of Latin letters (core/texts/hashtags.py): merge those that are one now."""

from django.db import migrations

MERGE = r"""
CREATE TEMPORARY TABLE folded_hashtags ON COMMIT DROP AS
    SELECT id, name, first_value(id) OVER (PARTITION BY folded ORDER BY name <> folded, id) AS kept, folded FROM (
        SELECT id, name, normalize(translate(regexp_replace(normalize(name, NFD), '([a-z])[\u0300-\u036f]+', '\1', 'g'),
                                             'ðđħıĸłŀŋøŧ', 'ddhikllnot'), NFC) AS folded
        FROM activities_hashtag) AS names;
DELETE FROM folded_hashtags WHERE kept = id AND name = folded;
INSERT INTO activities_posttag (post_id, hashtag_id)
    SELECT t.post_id, f.kept FROM activities_posttag t JOIN folded_hashtags f ON f.id = t.hashtag_id WHERE f.kept <> f.id
    ON CONFLICT DO NOTHING;
DELETE FROM activities_posttag WHERE hashtag_id IN (SELECT id FROM folded_hashtags WHERE kept <> id);
UPDATE activities_followedtag t SET hashtag_id = f.kept FROM folded_hashtags f
    WHERE f.id = t.hashtag_id AND f.kept <> f.id AND t.id IN (
        SELECT DISTINCT ON (o.identity_id, g.kept) o.id FROM activities_followedtag o JOIN folded_hashtags g ON g.id = o.hashtag_id
        WHERE NOT EXISTS (SELECT 1 FROM activities_followedtag k WHERE k.identity_id = o.identity_id AND k.hashtag_id = g.kept));
DELETE FROM activities_followedtag WHERE hashtag_id IN (SELECT id FROM folded_hashtags WHERE kept <> id);
UPDATE activities_featuredtag t SET hashtag_id = f.kept FROM folded_hashtags f
    WHERE f.id = t.hashtag_id AND f.kept <> f.id AND t.id IN (
        SELECT DISTINCT ON (o.identity_id, g.kept) o.id FROM activities_featuredtag o JOIN folded_hashtags g ON g.id = o.hashtag_id
        WHERE NOT EXISTS (SELECT 1 FROM activities_featuredtag k WHERE k.identity_id = o.identity_id AND k.hashtag_id = g.kept));
DELETE FROM activities_featuredtag WHERE hashtag_id IN (SELECT id FROM folded_hashtags WHERE kept <> id);
DELETE FROM activities_hashtag WHERE id IN (SELECT id FROM folded_hashtags WHERE kept <> id);
UPDATE activities_hashtag h SET name = f.folded FROM folded_hashtags f WHERE f.id = h.id AND f.kept = f.id;
"""


class Migration(migrations.Migration):
    dependencies = [("activities", "0008_keep_the_websites_of_apps")]

    operations = [migrations.RunSQL(MERGE, migrations.RunSQL.noop)]
