CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
CREATE FUNCTION public.activities_attachment_set_domain() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.domain_id := (SELECT domain_id FROM activities_post WHERE id = NEW.post_id);
    RETURN NEW;
END $$;
CREATE FUNCTION public.activities_discard_files() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO activities_discardedfile (name)
            SELECT w.name FROM unnest(ARRAY[OLD.file, OLD.preview_file]) AS w (name) WHERE w.name <> '';
        WITH gone AS (DELETE FROM activities_upload u WHERE u.id = OLD.id RETURNING u.raw_file)
            INSERT INTO activities_discardedfile (name) SELECT gone.raw_file FROM gone;
    ELSE
        INSERT INTO activities_discardedfile (name)
            SELECT w.name FROM unnest(ARRAY[OLD.file, OLD.preview_file]) AS w (name)
            WHERE w.name <> '' AND w.name <> NEW.file AND w.name <> NEW.preview_file;
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION public.activities_media_came() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE activities_posttag SET has_media = true WHERE post_id = NEW.post_id AND NOT has_media;
    RETURN NULL;
END $$;
CREATE FUNCTION public.activities_media_went() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE activities_posttag SET has_media = false WHERE post_id = OLD.post_id AND has_media
        AND NOT EXISTS (SELECT 1 FROM activities_attachment WHERE post_id = OLD.post_id);
    RETURN NULL;
END $$;
CREATE FUNCTION public.activities_post_set_domain() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.domain_id := (SELECT domain_id FROM users_identity WHERE id = NEW.author_id);
    RETURN NEW;
END $$;
CREATE FUNCTION public.activities_post_set_words() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.words := activities_search_words(NEW.content_warning, NEW.title, NEW.content);
    RETURN NEW;
END $$;
CREATE FUNCTION public.activities_posttag_set_domain() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.domain_id := (SELECT domain_id FROM activities_post WHERE id = NEW.post_id);
    RETURN NEW;
END $$;
CREATE FUNCTION public.activities_posttag_set_media() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.has_media := EXISTS (SELECT 1 FROM activities_attachment WHERE post_id = NEW.post_id);
    RETURN NEW;
END $$;
CREATE FUNCTION public.activities_postwriter_forget_app() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE activities_post p SET application = '', application_website = '' FROM gone g
    WHERE p.id = g.post_id AND p.application <> '';
    RETURN NULL;
END $$;
CREATE FUNCTION public.activities_search_emoji(said text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (octet_length(said) = length(said)) THEN '{}'::text[] ELSE string_to_array(regexp_replace(regexp_replace(said, '<[/!?]?[a-zA-Z](?:[^<>"]|"[^"<]*")*>|&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{0,30});'::text, ' '::text, 'g'::text), '[^\u2190-\u2bff\U0001f000-\U0001f3fa\U0001f400-\U0001faff]+'::text, ''::text, 'g'::text), NULL::text) END;
CREATE FUNCTION public.activities_search_text(said text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN lower(CASE WHEN (octet_length(said) = length(said)) THEN regexp_replace(regexp_replace(said, '<[/!?]?[a-zA-Z](?:[^<>"]|"[^"<]*")*>|&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{0,30});'::text, ' '::text, 'g'::text), '[\u0001-\u0026\u0028-\u002d\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007f\U00000080-\U000000a9\U000000ab-\U000000b1\U000000b4-\U000000b4\U000000b6-\U000000b8\U000000bb-\U000000bb\U000000bf-\U000000bf\U000000d7-\U000000d7\U000000f7-\U000000f7\U000002c2-\U000002c5\U000002d2-\U000002df\U000002e5-\U000002eb\U000002ed-\U000002ed\U000002ef-\U000002ff\U00000375-\U00000375\U0000037e-\U0000037e\U00000384-\U00000385\U00000387-\U00000387\U000003f6-\U000003f6\U00000482-\U00000482\U00000488-\U00000489\U0000055a-\U0000055f\U00000589-\U0000058f\U000005be-\U000005be\U000005c0-\U000005c0\U000005c3-\U000005c3\U000005c6-\U000005c6\U000005f3-\U0000060f\U0000061b-\U0000061f\U0000066a-\U0000066d\U000006d4-\U000006d4\U000006dd-\U000006de\U000006e9-\U000006e9\U000006fd-\U000006fe\U00000700-\U0000070f\U000007f6-\U000007f9\U000007fe-\U000007ff\U00000830-\U0000083e\U0000085e-\U0000085e\U00000888-\U00000888\U00000890-\U00000891\U000008e2-\U000008e2\U00000964-\U00000965\U00000970-\U00000970\U000009f2-\U000009f3\U000009fa-\U000009fb\U000009fd-\U000009fd\U00000a76-\U00000a76\U00000af0-\U00000af1\U00000b70-\U00000b70\U00000bf3-\U00000bfa\U00000c77-\U00000c77\U00000c7f-\U00000c7f\U00000c84-\U00000c84\U00000d4f-\U00000d4f\U00000d79-\U00000d79\U00000df4-\U00000df4\U00000e3f-\U00000e3f\U00000e4f-\U00000e4f\U00000e5a-\U00000e5b\U00000f01-\U00000f17\U00000f1a-\U00000f1f\U00000f34-\U00000f34\U00000f36-\U00000f36\U00000f38-\U00000f38\U00000f3a-\U00000f3d\U00000f85-\U00000f85\U00000fbe-\U00000fc5\U00000fc7-\U00000fda\U0000104a-\U0000104f\U0000109e-\U0000109f\U000010fb-\U000010fb\U00001360-\U00001368\U00001390-\U00001399\U00001400-\U00001400\U0000166d-\U0000166e\U00001680-\U00001680\U0000169b-\U0000169c\U000016eb-\U000016ed\U00001735-\U00001736\U000017d4-\U000017d6\U000017d8-\U000017db\U00001800-\U0000180a\U0000180e-\U0000180e\U00001940-\U00001945\U000019de-\U000019ff\U00001a1e-\U00001a1f\U00001aa0-\U00001aa6\U00001aa8-\U00001aad\U00001abe-\U00001abe\U00001b5a-\U00001b6a\U00001b74-\U00001b7e\U00001bfc-\U00001bff\U00001c3b-\U00001c3f\U00001c7e-\U00001c7f\U00001cc0-\U00001cc7\U00001cd3-\U00001cd3\U00001fbd-\U00001fbd\U00001fbf-\U00001fc1\U00001fcd-\U00001fcf\U00001fdd-\U00001fdf\U00001fed-\U00001fef\U00001ffd-\U0000206f\U0000207a-\U0000207e\U0000208a-\U0000208e\U000020a0-\U000020c0\U000020dd-\U000020e0\U000020e2-\U000020e4\U00002100-\U00002101\U00002103-\U00002106\U00002108-\U00002109\U00002114-\U00002114\U00002116-\U00002118\U0000211e-\U00002123\U00002125-\U00002125\U00002127-\U00002127\U00002129-\U00002129\U0000212e-\U0000212e\U0000213a-\U0000213b\U00002140-\U00002144\U0000214a-\U0000214d\U0000214f-\U0000214f\U0000218a-\U0000244a\U0000249c-\U000024e9\U00002500-\U00002775\U00002794-\U00002bff\U00002ce5-\U00002cea\U00002cf9-\U00002cfc\U00002cfe-\U00002cff\U00002d70-\U00002d70\U00002e00-\U00002e2e\U00002e30-\U00003004\U00003008-\U00003020\U00003030-\U00003030\U00003036-\U00003037\U0000303d-\U0000303f\U0000309b-\U0000309c\U000030a0-\U000030a0\U000030fb-\U000030fb\U00003190-\U00003191\U00003196-\U0000319f\U000031c0-\U000031ef\U00003200-\U0000321e\U0000322a-\U00003247\U00003250-\U00003250\U00003260-\U0000327f\U0000328a-\U000032b0\U000032c0-\U000033ff\U00004dc0-\U00004dff\U0000a490-\U0000a4c6\U0000a4fe-\U0000a4ff\U0000a60d-\U0000a60f\U0000a670-\U0000a673\U0000a67e-\U0000a67e\U0000a6f2-\U0000a716\U0000a720-\U0000a721\U0000a789-\U0000a78a\U0000a828-\U0000a82b\U0000a836-\U0000a839\U0000a874-\U0000a877\U0000a8ce-\U0000a8cf\U0000a8f8-\U0000a8fa\U0000a8fc-\U0000a8fc\U0000a92e-\U0000a92f\U0000a95f-\U0000a95f\U0000a9c1-\U0000a9cd\U0000a9de-\U0000a9df\U0000aa5c-\U0000aa5f\U0000aa77-\U0000aa79\U0000aade-\U0000aadf\U0000aaf0-\U0000aaf1\U0000ab5b-\U0000ab5b\U0000ab6a-\U0000ab6b\U0000abeb-\U0000abeb\U0000e000-\U0000f8ff\U0000fb29-\U0000fb29\U0000fbb2-\U0000fbc2\U0000fd3e-\U0000fd4f\U0000fdcf-\U0000fdcf\U0000fdfc-\U0000fdff\U0000fe10-\U0000fe19\U0000fe30-\U0000fe6b\U0000feff-\U0000ff0f\U0000ff1a-\U0000ff20\U0000ff3b-\U0000ff40\U0000ff5b-\U0000ff65\U0000ffe0-\U0000fffd\U00010100-\U00010102\U00010137-\U0001013f\U00010179-\U00010189\U0001018c-\U000101fc\U0001039f-\U0001039f\U000103d0-\U000103d0\U0001056f-\U0001056f\U00010857-\U00010857\U00010877-\U00010878\U0001091f-\U0001091f\U0001093f-\U0001093f\U00010a50-\U00010a58\U00010a7f-\U00010a7f\U00010ac8-\U00010ac8\U00010af0-\U00010af6\U00010b39-\U00010b3f\U00010b99-\U00010b9c\U00010ead-\U00010ead\U00010f55-\U00010f59\U00010f86-\U00010f89\U00011047-\U0001104d\U000110bb-\U000110c1\U000110cd-\U000110cd\U00011140-\U00011143\U00011174-\U00011175\U000111c5-\U000111c8\U000111cd-\U000111cd\U000111db-\U000111db\U000111dd-\U000111df\U00011238-\U0001123d\U000112a9-\U000112a9\U0001144b-\U0001144f\U0001145a-\U0001145d\U000114c6-\U000114c6\U000115c1-\U000115d7\U00011641-\U00011643\U00011660-\U0001166c\U000116b9-\U000116b9\U0001173c-\U0001173f\U0001183b-\U0001183b\U00011944-\U00011946\U000119e2-\U000119e2\U00011a3f-\U00011a46\U00011a9a-\U00011a9c\U00011a9e-\U00011aa2\U00011b00-\U00011b09\U00011c41-\U00011c45\U00011c70-\U00011c71\U00011ef7-\U00011ef8\U00011f43-\U00011f4f\U00011fd5-\U00011fff\U00012470-\U00012474\U00012ff1-\U00012ff2\U00013430-\U0001343f\U00016a6e-\U00016a6f\U00016af5-\U00016af5\U00016b37-\U00016b3f\U00016b44-\U00016b45\U00016e97-\U00016e9a\U00016fe2-\U00016fe2\U0001bc9c-\U0001bc9c\U0001bc9f-\U0001bca3\U0001cf50-\U0001d164\U0001d16a-\U0001d16c\U0001d173-\U0001d17a\U0001d183-\U0001d184\U0001d18c-\U0001d1a9\U0001d1ae-\U0001d241\U0001d245-\U0001d245\U0001d300-\U0001d356\U0001d6c1-\U0001d6c1\U0001d6db-\U0001d6db\U0001d6fb-\U0001d6fb\U0001d715-\U0001d715\U0001d735-\U0001d735\U0001d74f-\U0001d74f\U0001d76f-\U0001d76f\U0001d789-\U0001d789\U0001d7a9-\U0001d7a9\U0001d7c3-\U0001d7c3\U0001d800-\U0001d9ff\U0001da37-\U0001da3a\U0001da6d-\U0001da74\U0001da76-\U0001da83\U0001da85-\U0001da8b\U0001e14f-\U0001e14f\U0001e2ff-\U0001e2ff\U0001e95e-\U0001e95f\U0001ecac-\U0001ecac\U0001ecb0-\U0001ecb0\U0001ed2e-\U0001ed2e\U0001eef0-\U0001f0f5\U0001f10d-\U0001fbca\U000e0000-\U000e0fff]+|(?<![0-9])\.|\.(?![0-9])'::text, ' '::text, 'g'::text) ELSE regexp_replace(regexp_replace(replace(replace(replace(replace(replace(replace(replace(replace(translate(NORMALIZE(regexp_replace(replace(replace(replace(replace(replace(replace(regexp_replace(NORMALIZE(regexp_replace(regexp_replace(regexp_replace(regexp_replace(said, '<[/!?]?[a-zA-Z](?:[^<>"]|"[^"<]*")*>|&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{0,30});'::text, ' '::text, 'g'::text), '[’‘‛ʼʻʹ′`´]'::text, ''''::text, 'g'::text), '\u200b'::text, ' '::text, 'g'::text), '([\U000000a8-\U000000a8\U000000af-\U000000af\U000000b4-\U000000b4\U000000b8-\U000000b8\U000000bc-\U000000be\U000002d8-\U000002dd\U00000384-\U00000385\U00001fbd-\U00001fbd\U00001fbf-\U00001fc1\U00001fcd-\U00001fcf\U00001fdd-\U00001fdf\U00001fed-\U00001fef\U00001ffd-\U00001ffe\U0000207a-\U0000207c\U0000208a-\U0000208c\U000020a8-\U000020a8\U00002100-\U00002101\U00002103-\U00002103\U00002105-\U00002106\U00002109-\U00002109\U00002116-\U00002116\U00002120-\U00002122\U0000213b-\U0000213b\U00002140-\U00002140\U00002150-\U0000215f\U00002189-\U00002189\U0000219a-\U0000219b\U000021ae-\U000021ae\U000021cd-\U000021cf\U00002204-\U00002204\U00002209-\U00002209\U0000220c-\U0000220c\U00002224-\U00002224\U00002226-\U00002226\U0000222c-\U0000222d\U0000222f-\U00002230\U00002241-\U00002241\U00002244-\U00002244\U00002247-\U00002247\U00002249-\U00002249\U00002260-\U00002260\U00002262-\U00002262\U0000226d-\U00002271\U00002274-\U00002275\U00002278-\U00002279\U00002280-\U00002281\U00002284-\U00002285\U00002288-\U00002289\U000022ac-\U000022af\U000022e0-\U000022e3\U000022ea-\U000022ed\U00002460-\U000024ea\U00002a0c-\U00002a0c\U00002a74-\U00002a76\U00002adc-\U00002adc\U00002e9f-\U00002e9f\U00002ef3-\U00002fd5\U00003036-\U00003036\U0000309b-\U0000309c\U00003196-\U0000319f\U00003200-\U00003247\U00003250-\U0000327e\U00003280-\U000033ff\U0000fb29-\U0000fb29\U0000fdfc-\U0000fdfc\U0000fe62-\U0000fe62\U0000fe64-\U0000fe66\U0000fe69-\U0000fe69\U0000ff04-\U0000ff04\U0000ff0b-\U0000ff0b\U0000ff1c-\U0000ff1e\U0000ff3e-\U0000ff3e\U0000ff40-\U0000ff40\U0000ff5c-\U0000ff5c\U0000ff5e-\U0000ff5e\U0000ffe0-\U0000ffee\U0001d15e-\U0001d164\U0001d1bb-\U0001d1c0\U0001d6c1-\U0001d6c1\U0001d6db-\U0001d6db\U0001d6fb-\U0001d6fb\U0001d715-\U0001d715\U0001d735-\U0001d735\U0001d74f-\U0001d74f\U0001d76f-\U0001d76f\U0001d789-\U0001d789\U0001d7a9-\U0001d7a9\U0001d7c3-\U0001d7c3\U0001f100-\U0001f10a\U0001f110-\U0001f12e\U0001f130-\U0001f14f\U0001f16a-\U0001f16c\U0001f190-\U0001f190\U0001f200-\U0001f251]+)'::text, ' \1 '::text, 'g'::text), NFKD), '[­͏؜᠎​-‏‪-‮⁠-⁯︀-️﻿]'::text, ''::text, 'g'::text), 'Й'::text, 'й'::text), 'й'::text, 'й'::text), 'Ў'::text, 'ў'::text), 'ў'::text, 'ў'::text), 'Ї'::text, 'ї'::text), 'ї'::text, 'ї'::text), '[̀-֑ͯ-ׇֽֿׁׂׅׄؐ-ؚـً-ٰٟۖ-ۜ۟-۪ۨ-ۭ]'::text, ''::text, 'g'::text), NFC), 'ÐØĐĦŁŊŦƁƂƄƆƇƉƊƋƎƏƐƑƓƔƖƗƘƜƝƟƢƤƦƧƩƬƮƱƲƳƵƷƸƼǤǶǷȜȠȢȤȺȻȽȾɁɃɄɅɆɈɊɌɎͰͲͶͿΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩϏϘϚϜϞϠϢϤϦϨϪϬϮϷϺϽϾϿЂЄЅІЈЉЊЋЏАБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯѠѢѤѦѨѪѬѮѰѲѴѸѺѼѾҀҊҌҎҐҒҔҖҘҚҜҞҠҢҤҦҨҪҬҮҰҲҴҶҸҺҼҾӀӃӅӇӉӋӍӔӘӠӨӶӺӼӾԀԂԄԆԈԊԌԎԐԒԔԖԘԚԜԞԠԢԤԦԨԪԬԮԱԲԳԴԵԶԷԸԹԺԻԼԽԾԿՀՁՂՃՄՅՆՇՈՉՊՋՌՍՎՏՐՑՒՓՔՕՖðđħıĸłŀŋøŧς'::text, 'dodhlntɓƃƅɔƈɖɗƌǝəɛƒɠɣɩɨƙɯɲɵƣƥʀƨʃƭʈʊʋƴƶʒƹƽǥƕƿȝƞȣȥⱥȼƚⱦɂƀʉʌɇɉɋɍɏͱͳͷϳαβγδεζηθικλμνξοπρστυφχψωϗϙϛϝϟϡϣϥϧϩϫϭϯϸϻͻͼͽђєѕіјљњћџабвгдежзиклмнопрстуфхцчшщъыьэюяѡѣѥѧѩѫѭѯѱѳѵѹѻѽѿҁҋҍҏґғҕҗҙқҝҟҡңҥҧҩҫҭүұҳҵҷҹһҽҿӏӄӆӈӊӌӎӕәӡөӷӻӽӿԁԃԅԇԉԋԍԏԑԓԕԗԙԛԝԟԡԣԥԧԩԫԭԯաբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆddhikllnotσ'::text), 'ß'::text, 'ss'::text), 'ẞ'::text, 'ss'::text), 'æ'::text, 'ae'::text), 'Æ'::text, 'ae'::text), 'œ'::text, 'oe'::text), 'Œ'::text, 'oe'::text), 'þ'::text, 'th'::text), 'Þ'::text, 'th'::text), '[\u0001-\u0026\u0028-\u002d\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007f\U00000080-\U000000a9\U000000ab-\U000000b1\U000000b4-\U000000b4\U000000b6-\U000000b8\U000000bb-\U000000bb\U000000bf-\U000000bf\U000000d7-\U000000d7\U000000f7-\U000000f7\U000002c2-\U000002c5\U000002d2-\U000002df\U000002e5-\U000002eb\U000002ed-\U000002ed\U000002ef-\U000002ff\U00000375-\U00000375\U0000037e-\U0000037e\U00000384-\U00000385\U00000387-\U00000387\U000003f6-\U000003f6\U00000482-\U00000482\U00000488-\U00000489\U0000055a-\U0000055f\U00000589-\U0000058f\U000005be-\U000005be\U000005c0-\U000005c0\U000005c3-\U000005c3\U000005c6-\U000005c6\U000005f3-\U0000060f\U0000061b-\U0000061f\U0000066a-\U0000066d\U000006d4-\U000006d4\U000006dd-\U000006de\U000006e9-\U000006e9\U000006fd-\U000006fe\U00000700-\U0000070f\U000007f6-\U000007f9\U000007fe-\U000007ff\U00000830-\U0000083e\U0000085e-\U0000085e\U00000888-\U00000888\U00000890-\U00000891\U000008e2-\U000008e2\U00000964-\U00000965\U00000970-\U00000970\U000009f2-\U000009f3\U000009fa-\U000009fb\U000009fd-\U000009fd\U00000a76-\U00000a76\U00000af0-\U00000af1\U00000b70-\U00000b70\U00000bf3-\U00000bfa\U00000c77-\U00000c77\U00000c7f-\U00000c7f\U00000c84-\U00000c84\U00000d4f-\U00000d4f\U00000d79-\U00000d79\U00000df4-\U00000df4\U00000e3f-\U00000e3f\U00000e4f-\U00000e4f\U00000e5a-\U00000e5b\U00000f01-\U00000f17\U00000f1a-\U00000f1f\U00000f34-\U00000f34\U00000f36-\U00000f36\U00000f38-\U00000f38\U00000f3a-\U00000f3d\U00000f85-\U00000f85\U00000fbe-\U00000fc5\U00000fc7-\U00000fda\U0000104a-\U0000104f\U0000109e-\U0000109f\U000010fb-\U000010fb\U00001360-\U00001368\U00001390-\U00001399\U00001400-\U00001400\U0000166d-\U0000166e\U00001680-\U00001680\U0000169b-\U0000169c\U000016eb-\U000016ed\U00001735-\U00001736\U000017d4-\U000017d6\U000017d8-\U000017db\U00001800-\U0000180a\U0000180e-\U0000180e\U00001940-\U00001945\U000019de-\U000019ff\U00001a1e-\U00001a1f\U00001aa0-\U00001aa6\U00001aa8-\U00001aad\U00001abe-\U00001abe\U00001b5a-\U00001b6a\U00001b74-\U00001b7e\U00001bfc-\U00001bff\U00001c3b-\U00001c3f\U00001c7e-\U00001c7f\U00001cc0-\U00001cc7\U00001cd3-\U00001cd3\U00001fbd-\U00001fbd\U00001fbf-\U00001fc1\U00001fcd-\U00001fcf\U00001fdd-\U00001fdf\U00001fed-\U00001fef\U00001ffd-\U0000206f\U0000207a-\U0000207e\U0000208a-\U0000208e\U000020a0-\U000020c0\U000020dd-\U000020e0\U000020e2-\U000020e4\U00002100-\U00002101\U00002103-\U00002106\U00002108-\U00002109\U00002114-\U00002114\U00002116-\U00002118\U0000211e-\U00002123\U00002125-\U00002125\U00002127-\U00002127\U00002129-\U00002129\U0000212e-\U0000212e\U0000213a-\U0000213b\U00002140-\U00002144\U0000214a-\U0000214d\U0000214f-\U0000214f\U0000218a-\U0000244a\U0000249c-\U000024e9\U00002500-\U00002775\U00002794-\U00002bff\U00002ce5-\U00002cea\U00002cf9-\U00002cfc\U00002cfe-\U00002cff\U00002d70-\U00002d70\U00002e00-\U00002e2e\U00002e30-\U00003004\U00003008-\U00003020\U00003030-\U00003030\U00003036-\U00003037\U0000303d-\U0000303f\U0000309b-\U0000309c\U000030a0-\U000030a0\U000030fb-\U000030fb\U00003190-\U00003191\U00003196-\U0000319f\U000031c0-\U000031ef\U00003200-\U0000321e\U0000322a-\U00003247\U00003250-\U00003250\U00003260-\U0000327f\U0000328a-\U000032b0\U000032c0-\U000033ff\U00004dc0-\U00004dff\U0000a490-\U0000a4c6\U0000a4fe-\U0000a4ff\U0000a60d-\U0000a60f\U0000a670-\U0000a673\U0000a67e-\U0000a67e\U0000a6f2-\U0000a716\U0000a720-\U0000a721\U0000a789-\U0000a78a\U0000a828-\U0000a82b\U0000a836-\U0000a839\U0000a874-\U0000a877\U0000a8ce-\U0000a8cf\U0000a8f8-\U0000a8fa\U0000a8fc-\U0000a8fc\U0000a92e-\U0000a92f\U0000a95f-\U0000a95f\U0000a9c1-\U0000a9cd\U0000a9de-\U0000a9df\U0000aa5c-\U0000aa5f\U0000aa77-\U0000aa79\U0000aade-\U0000aadf\U0000aaf0-\U0000aaf1\U0000ab5b-\U0000ab5b\U0000ab6a-\U0000ab6b\U0000abeb-\U0000abeb\U0000e000-\U0000f8ff\U0000fb29-\U0000fb29\U0000fbb2-\U0000fbc2\U0000fd3e-\U0000fd4f\U0000fdcf-\U0000fdcf\U0000fdfc-\U0000fdff\U0000fe10-\U0000fe19\U0000fe30-\U0000fe6b\U0000feff-\U0000ff0f\U0000ff1a-\U0000ff20\U0000ff3b-\U0000ff40\U0000ff5b-\U0000ff65\U0000ffe0-\U0000fffd\U00010100-\U00010102\U00010137-\U0001013f\U00010179-\U00010189\U0001018c-\U000101fc\U0001039f-\U0001039f\U000103d0-\U000103d0\U0001056f-\U0001056f\U00010857-\U00010857\U00010877-\U00010878\U0001091f-\U0001091f\U0001093f-\U0001093f\U00010a50-\U00010a58\U00010a7f-\U00010a7f\U00010ac8-\U00010ac8\U00010af0-\U00010af6\U00010b39-\U00010b3f\U00010b99-\U00010b9c\U00010ead-\U00010ead\U00010f55-\U00010f59\U00010f86-\U00010f89\U00011047-\U0001104d\U000110bb-\U000110c1\U000110cd-\U000110cd\U00011140-\U00011143\U00011174-\U00011175\U000111c5-\U000111c8\U000111cd-\U000111cd\U000111db-\U000111db\U000111dd-\U000111df\U00011238-\U0001123d\U000112a9-\U000112a9\U0001144b-\U0001144f\U0001145a-\U0001145d\U000114c6-\U000114c6\U000115c1-\U000115d7\U00011641-\U00011643\U00011660-\U0001166c\U000116b9-\U000116b9\U0001173c-\U0001173f\U0001183b-\U0001183b\U00011944-\U00011946\U000119e2-\U000119e2\U00011a3f-\U00011a46\U00011a9a-\U00011a9c\U00011a9e-\U00011aa2\U00011b00-\U00011b09\U00011c41-\U00011c45\U00011c70-\U00011c71\U00011ef7-\U00011ef8\U00011f43-\U00011f4f\U00011fd5-\U00011fff\U00012470-\U00012474\U00012ff1-\U00012ff2\U00013430-\U0001343f\U00016a6e-\U00016a6f\U00016af5-\U00016af5\U00016b37-\U00016b3f\U00016b44-\U00016b45\U00016e97-\U00016e9a\U00016fe2-\U00016fe2\U0001bc9c-\U0001bc9c\U0001bc9f-\U0001bca3\U0001cf50-\U0001d164\U0001d16a-\U0001d16c\U0001d173-\U0001d17a\U0001d183-\U0001d184\U0001d18c-\U0001d1a9\U0001d1ae-\U0001d241\U0001d245-\U0001d245\U0001d300-\U0001d356\U0001d6c1-\U0001d6c1\U0001d6db-\U0001d6db\U0001d6fb-\U0001d6fb\U0001d715-\U0001d715\U0001d735-\U0001d735\U0001d74f-\U0001d74f\U0001d76f-\U0001d76f\U0001d789-\U0001d789\U0001d7a9-\U0001d7a9\U0001d7c3-\U0001d7c3\U0001d800-\U0001d9ff\U0001da37-\U0001da3a\U0001da6d-\U0001da74\U0001da76-\U0001da83\U0001da85-\U0001da8b\U0001e14f-\U0001e14f\U0001e2ff-\U0001e2ff\U0001e95e-\U0001e95f\U0001ecac-\U0001ecac\U0001ecb0-\U0001ecb0\U0001ed2e-\U0001ed2e\U0001eef0-\U0001f0f5\U0001f10d-\U0001fbca\U000e0000-\U000e0fff]+|(?<![0-9])\.|\.(?![0-9])'::text, ' '::text, 'g'::text), '([ก-໿က-႟ᄀ-ᇿក-៿々-〇ぁ-ゟァ-ヺー-ヿㄱ-ㆎ㐀-䶿一-鿿가-힣豈-﫿𠀀-𿿿])'::text, ' \1 '::text, 'g'::text) END);
CREATE FUNCTION public.activities_search_phrase(asked text) RETURNS tsquery
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (public.activities_search_emoji(asked) = '{}'::text[]) THEN phraseto_tsquery('simple'::regconfig, public.activities_search_text(asked)) ELSE (phraseto_tsquery('simple'::regconfig, public.activities_search_text(asked)) && (array_to_string(public.activities_search_emoji(asked), ' & '::text))::tsquery) END;
CREATE FUNCTION public.activities_search_words(content_warning text, title text, content text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (to_tsvector('simple'::regconfig, public.activities_search_text(((((content_warning || ' '::text) || title) || ' '::text) || content))) || array_to_tsvector(public.activities_search_emoji(((((content_warning || ' '::text) || title) || ' '::text) || content))));
CREATE FUNCTION public.federation_host_suffixes(host text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $_$
DECLARE
    name text := rtrim(lower(host), '.');
    bare text := regexp_replace(name, ':[0-9]*$', '');
    found text[] := ARRAY[]::text[];
    dot int;
BEGIN
    LOOP
        found := found || name;
        dot := strpos(name, '.');
        IF dot > 0 THEN
            name := substr(name, dot + 1);
        ELSIF bare <> found[1] THEN
            EXIT WHEN bare = '';
            name := bare;
            bare := found[1];
        ELSE
            EXIT;
        END IF;
    END LOOP;
    RETURN found;
END $_$;
CREATE FUNCTION public.stator_wake_inserted() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
IF EXISTS (SELECT FROM inserted WHERE state_due_at <= clock_timestamp()) THEN
PERFORM pg_notify('stator', TG_TABLE_NAME);
END IF;
RETURN NULL;
END $$;
CREATE FUNCTION public.stator_wake_updated() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
PERFORM pg_notify('stator', TG_TABLE_NAME);
RETURN NULL;
END $$;
CREATE FUNCTION public.takahe_access_ended() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_notify('takahe_live', 'access_ended');
    RETURN NULL;
END $$;
CREATE FUNCTION public.takahe_notified() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    part text;
BEGIN
    FOR part IN
        SELECT string_agg(n.identity_id || ':' || n.id, ',' ORDER BY n.id)
        FROM (SELECT identity_id, id, (row_number() OVER (ORDER BY id)) / 150 AS piece
              FROM inserted WHERE NOT is_filtered) n
        GROUP BY n.piece ORDER BY n.piece
    LOOP
        PERFORM pg_notify('takahe_live', 'notified ' || part);
    END LOOP;
    INSERT INTO api_pushdelivery (subscription_id, notification_id, host)
        SELECT s.id, n.id, s.host FROM inserted n JOIN api_pushsubscription s ON s.identity_id = n.identity_id
        WHERE (s.alerts ->> n.kind)::boolean AND NOT n.is_filtered;
    RETURN NULL;
END $$;
CREATE FUNCTION public.takahe_token_ended() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_notify('takahe_live', 'token ' || OLD.id);
    RETURN NULL;
END $$;
CREATE TABLE public.activities_alert (
    kinds text[] NOT NULL,
    after_id bigint NOT NULL,
    due_at timestamp with time zone NOT NULL,
    identity_id bigint NOT NULL,
    user_id bigint NOT NULL
);
CREATE TABLE public.activities_announcement (
    id bigint NOT NULL,
    content text NOT NULL,
    starts_at timestamp with time zone,
    ends_at timestamp with time zone,
    all_day boolean NOT NULL,
    published_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    domain_id bigint
);
CREATE TABLE public.activities_announcementreaction (
    id bigint NOT NULL,
    name character varying(64) NOT NULL,
    announcement_id bigint NOT NULL,
    identity_id bigint NOT NULL
);
ALTER TABLE public.activities_announcementreaction ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.activities_announcementreaction_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.activities_announcementread (
    id bigint NOT NULL,
    announcement_id bigint NOT NULL,
    identity_id bigint NOT NULL
);
ALTER TABLE public.activities_announcementread ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.activities_announcementread_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.activities_approval (
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    id bigint NOT NULL,
    kind character varying(5) NOT NULL,
    uri character varying(2048) NOT NULL,
    request_uri character varying(2048) NOT NULL,
    approval_uri character varying(2048) NOT NULL,
    visibility smallint NOT NULL,
    host character varying(255) NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    state_due_at timestamp with time zone,
    author_id bigint NOT NULL,
    identity_id bigint NOT NULL,
    post_id bigint,
    target_id bigint NOT NULL,
    CONSTRAINT activities_approval_state_attempts_check CHECK ((state_attempts >= 0))
);
CREATE TABLE public.activities_attachment (
    id bigint NOT NULL,
    "position" smallint NOT NULL,
    kind character varying(10) NOT NULL,
    media_type character varying(100) NOT NULL,
    url character varying(2048) NOT NULL,
    preview_url character varying(2048) NOT NULL,
    description text NOT NULL,
    blurhash character varying(100) NOT NULL,
    width integer,
    height integer,
    focus_x double precision NOT NULL,
    focus_y double precision NOT NULL,
    created_at timestamp with time zone NOT NULL,
    author_id bigint NOT NULL,
    post_id bigint,
    bitrate integer,
    duration double precision,
    file character varying(100) DEFAULT ''::character varying NOT NULL,
    frame_rate double precision,
    preview_file character varying(100) DEFAULT ''::character varying NOT NULL,
    preview_height integer,
    preview_width integer,
    domain_id bigint,
    captions jsonb DEFAULT '[]'::jsonb NOT NULL,
    peaks character varying(120) DEFAULT ''::character varying NOT NULL,
    bytes bigint DEFAULT 0 NOT NULL,
    uploaded_by bigint,
    sha256 character varying(64) DEFAULT ''::character varying NOT NULL
);
CREATE TABLE public.activities_bookmark (
    id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    identity_id bigint NOT NULL,
    post_id bigint NOT NULL,
    folder_id bigint
);
CREATE TABLE public.activities_bookmarkfolder (
    id bigint NOT NULL,
    name character varying(100) NOT NULL,
    identity_id bigint NOT NULL
);
CREATE TABLE public.activities_broadcast (
    id bigint NOT NULL,
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    post_id bigint NOT NULL,
    signer bigint NOT NULL,
    activity_id bigint NOT NULL,
    reach smallint NOT NULL,
    part smallint NOT NULL,
    before bigint,
    state text DEFAULT 'telling'::text NOT NULL,
    state_due_at timestamp with time zone DEFAULT statement_timestamp(),
    CONSTRAINT activities_broadcast_state_attempts_check CHECK ((state_attempts >= 0))
);
ALTER TABLE public.activities_broadcast ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.activities_broadcast_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.activities_captions (
    id bigint NOT NULL,
    name character varying(30) NOT NULL,
    text text NOT NULL
);
CREATE TABLE public.activities_conversation (
    id bigint NOT NULL,
    thread_id bigint NOT NULL,
    last_post_id bigint NOT NULL,
    is_unread boolean NOT NULL,
    identity_id bigint NOT NULL
);
CREATE TABLE public.activities_dailyuse (
    kind character varying(4) NOT NULL,
    target_id bigint NOT NULL,
    day date NOT NULL,
    uses integer NOT NULL,
    people integer NOT NULL
);
CREATE TABLE public.activities_deck (
    identity_id bigint NOT NULL,
    columns jsonb NOT NULL,
    next_number integer NOT NULL
);
CREATE TABLE public.activities_digest (
    days smallint NOT NULL,
    due_at timestamp with time zone NOT NULL,
    identity_id bigint NOT NULL,
    user_id bigint NOT NULL
);
CREATE TABLE public.activities_discardedfile (
    id bigint NOT NULL,
    name character varying(100) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL
);
ALTER TABLE public.activities_discardedfile ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.activities_discardedfile_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.activities_domainday (
    day date NOT NULL,
    domain_id smallint NOT NULL,
    posts integer DEFAULT 0 NOT NULL,
    logins integer DEFAULT 0 NOT NULL,
    people integer DEFAULT 0 NOT NULL,
    reports integer DEFAULT 0 NOT NULL,
    interactions integer DEFAULT 0 NOT NULL,
    resolved integer DEFAULT 0 NOT NULL
);
CREATE TABLE public.activities_domainweek (
    domain_id smallint NOT NULL,
    week date NOT NULL,
    posts integer DEFAULT 0 NOT NULL,
    logins integer DEFAULT 0 NOT NULL
);
CREATE TABLE public.activities_featuredtag (
    id bigint NOT NULL,
    hashtag_id bigint NOT NULL,
    identity_id bigint NOT NULL
);
CREATE TABLE public.activities_filematch (
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    key uuid NOT NULL,
    url text NOT NULL,
    sha256 character varying(64) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    state_due_at timestamp with time zone DEFAULT statement_timestamp(),
    CONSTRAINT activities_filematch_state_attempts_check CHECK ((state_attempts >= 0))
);
CREATE TABLE public.activities_filter (
    id bigint NOT NULL,
    title character varying(255) NOT NULL,
    contexts jsonb NOT NULL,
    action character varying(10) NOT NULL,
    expires_at timestamp with time zone,
    identity_id bigint NOT NULL
);
CREATE TABLE public.activities_filterkeyword (
    id bigint NOT NULL,
    keyword character varying(512) NOT NULL,
    whole_word boolean NOT NULL,
    filter_id bigint NOT NULL
);
CREATE TABLE public.activities_filterstatus (
    id bigint NOT NULL,
    filter_id bigint NOT NULL,
    post_id bigint NOT NULL
);
CREATE TABLE public.activities_followedtag (
    id bigint NOT NULL,
    hashtag_id bigint NOT NULL,
    identity_id bigint NOT NULL
);
CREATE TABLE public.activities_groupmoderation (
    is_locked boolean NOT NULL,
    is_removed boolean NOT NULL,
    group_id bigint NOT NULL,
    post_id bigint NOT NULL
);
CREATE TABLE public.activities_groupvote (
    voter bigint NOT NULL,
    post_id bigint NOT NULL
);
CREATE TABLE public.activities_hashtag (
    id bigint NOT NULL,
    name character varying(200) NOT NULL,
    display_name character varying(200) NOT NULL,
    created_at timestamp with time zone NOT NULL
);
ALTER TABLE public.activities_hashtag ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.activities_hashtag_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.activities_homeentry (
    identity_id bigint NOT NULL,
    post_id bigint NOT NULL
);
CREATE TABLE public.activities_idempotencykey (
    id bigint NOT NULL,
    key bytea NOT NULL,
    post_id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    author_id bigint NOT NULL
);
ALTER TABLE public.activities_idempotencykey ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.activities_idempotencykey_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.activities_like (
    id bigint NOT NULL,
    uri character varying(2048) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    identity_id bigint NOT NULL,
    post_id bigint NOT NULL,
    said_at timestamp with time zone
);
CREATE TABLE public.activities_listmember (
    id bigint NOT NULL,
    identity_id bigint NOT NULL,
    list_id bigint NOT NULL
);
CREATE TABLE public.activities_mediacheck (
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    post_id bigint NOT NULL,
    host character varying(255) NOT NULL,
    state text DEFAULT 'new'::text NOT NULL,
    state_due_at timestamp with time zone DEFAULT statement_timestamp(),
    CONSTRAINT activities_mediacheck_state_attempts_check CHECK ((state_attempts >= 0))
);
CREATE TABLE public.activities_mention (
    id bigint NOT NULL,
    is_silent boolean NOT NULL,
    identity_id bigint NOT NULL,
    post_id bigint NOT NULL
);
ALTER TABLE public.activities_mention ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.activities_mention_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.activities_notification (
    id bigint NOT NULL,
    kind character varying(30) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    actor_id bigint NOT NULL,
    identity_id bigint NOT NULL,
    post_id bigint,
    is_filtered boolean DEFAULT false NOT NULL,
    report_id bigint,
    collection_id bigint,
    warning_id bigint,
    severance_id bigint
);
ALTER TABLE public.activities_notification ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.activities_notification_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.activities_notificationpermission (
    id bigint NOT NULL,
    actor_id bigint NOT NULL,
    identity_id bigint NOT NULL
);
ALTER TABLE public.activities_notificationpermission ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.activities_notificationpermission_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.activities_notificationpolicy (
    identity_id bigint NOT NULL,
    for_not_following character varying(10) NOT NULL,
    for_not_followers character varying(10) NOT NULL,
    for_new_accounts character varying(10) NOT NULL,
    for_private_mentions character varying(10) NOT NULL,
    for_limited_accounts character varying(10) NOT NULL,
    for_bots character varying(10) NOT NULL
);
CREATE TABLE public.activities_oldposts (
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    identity_id bigint NOT NULL,
    days smallint NOT NULL,
    keeps_pinned boolean NOT NULL,
    keeps_bookmarked boolean NOT NULL,
    keeps_liked boolean NOT NULL,
    keeps_private boolean NOT NULL,
    keeps_polls boolean NOT NULL,
    keeps_media boolean NOT NULL,
    keeps_boosts boolean NOT NULL,
    least_likes integer,
    least_boosts integer,
    looked_to bigint NOT NULL,
    state text DEFAULT 'off'::text NOT NULL,
    state_due_at timestamp with time zone,
    CONSTRAINT activities_oldposts_state_attempts_check CHECK ((state_attempts >= 0))
);
CREATE TABLE public.activities_peoplecohort (
    domain_id smallint NOT NULL,
    frequency character varying(5) NOT NULL,
    joined date NOT NULL,
    seen date NOT NULL,
    people integer NOT NULL
);
CREATE TABLE public.activities_peoplegroup (
    domain_id smallint NOT NULL,
    key character varying(10) NOT NULL,
    entry character varying(20) NOT NULL,
    people integer NOT NULL
);
CREATE TABLE public.activities_peoplelist (
    id bigint NOT NULL,
    title character varying(255) NOT NULL,
    replies_policy character varying(10) NOT NULL,
    is_exclusive boolean NOT NULL,
    identity_id bigint NOT NULL,
    feed_nonce character varying(32) DEFAULT ''::character varying NOT NULL
);
CREATE TABLE public.activities_pin (
    id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    identity_id bigint NOT NULL,
    post_id bigint NOT NULL
);
CREATE TABLE public.activities_poll (
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    post_id bigint NOT NULL,
    ends_at timestamp with time zone,
    state text DEFAULT 'open'::text NOT NULL,
    state_due_at timestamp with time zone DEFAULT statement_timestamp(),
    CONSTRAINT activities_poll_state_attempts_check CHECK ((state_attempts >= 0))
);
CREATE TABLE public.activities_pollvote (
    id bigint NOT NULL,
    choice smallint NOT NULL,
    uri character varying(2048) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    identity_id bigint NOT NULL,
    post_id bigint NOT NULL
);
CREATE TABLE public.activities_post (
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    id bigint NOT NULL,
    uri character varying(2048) NOT NULL,
    url character varying(2048) NOT NULL,
    is_local boolean NOT NULL,
    visibility smallint NOT NULL,
    type character varying(10) NOT NULL,
    in_reply_to_uri character varying(2048) NOT NULL,
    conversation_id bigint,
    title text NOT NULL,
    content text NOT NULL,
    source text NOT NULL,
    content_warning text NOT NULL,
    is_sensitive boolean NOT NULL,
    language character varying(35),
    emojis jsonb NOT NULL,
    question jsonb,
    application character varying(100) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    edited_at timestamp with time zone,
    deleted_at timestamp with time zone,
    fetched_at timestamp with time zone,
    replies_count integer NOT NULL,
    boosts_count integer NOT NULL,
    likes_count integer NOT NULL,
    state text DEFAULT 'new'::text NOT NULL,
    state_due_at timestamp with time zone DEFAULT statement_timestamp(),
    author_id bigint NOT NULL,
    boost_of_id bigint,
    in_reply_to_id bigint,
    in_reply_to_author_id bigint,
    quote_approval_uri character varying(2048) DEFAULT ''::character varying NOT NULL,
    quote_of_id bigint,
    quote_policy smallint DEFAULT 0 NOT NULL,
    quote_state character varying(10) DEFAULT ''::character varying NOT NULL,
    quote_uri character varying(2048) DEFAULT ''::character varying NOT NULL,
    quotes_count integer DEFAULT 0 NOT NULL,
    card_id bigint,
    application_website character varying(2048) DEFAULT ''::character varying NOT NULL,
    domain_id bigint,
    words tsvector,
    stated_boosts integer,
    stated_likes integer,
    stated_replies integer,
    facts jsonb,
    reply_policy smallint DEFAULT 1 NOT NULL,
    like_policy smallint DEFAULT 1 NOT NULL,
    boost_policy smallint DEFAULT 1 NOT NULL,
    said_at timestamp with time zone,
    is_markdown boolean DEFAULT false NOT NULL,
    circle_id bigint,
    CONSTRAINT activities_post_state_attempts_check CHECK ((state_attempts >= 0))
);
ALTER TABLE ONLY public.activities_post ALTER COLUMN words SET STATISTICS 300;
CREATE TABLE public.activities_postexpiry (
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    post_id bigint NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    state_due_at timestamp with time zone DEFAULT statement_timestamp(),
    CONSTRAINT activities_postexpiry_state_attempts_check CHECK ((state_attempts >= 0))
);
CREATE TABLE public.activities_posttag (
    id bigint NOT NULL,
    hashtag_id bigint NOT NULL,
    post_id bigint NOT NULL,
    has_media boolean DEFAULT false NOT NULL,
    domain_id bigint
);
ALTER TABLE public.activities_posttag ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.activities_posttag_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.activities_postwithdrawal (
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    post_id bigint NOT NULL,
    was text NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    state_due_at timestamp with time zone DEFAULT statement_timestamp(),
    CONSTRAINT activities_postwithdrawal_state_attempts_check CHECK ((state_attempts >= 0))
);
CREATE TABLE public.activities_postwriter (
    post_id bigint NOT NULL,
    user_id bigint NOT NULL
);
CREATE TABLE public.activities_previewcard (
    id bigint NOT NULL,
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    url character varying(2048) NOT NULL,
    host character varying(255) NOT NULL,
    type character varying(10) NOT NULL,
    title text NOT NULL,
    description text NOT NULL,
    language character varying(35) NOT NULL,
    author_name character varying(200) NOT NULL,
    author_url character varying(2048) NOT NULL,
    provider_name character varying(200) NOT NULL,
    provider_url character varying(2048) NOT NULL,
    html text NOT NULL,
    embed_url character varying(2048) NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    image_url character varying(2048) NOT NULL,
    image_description text NOT NULL,
    published_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    fetched_at timestamp with time zone,
    state text DEFAULT 'new'::text NOT NULL,
    state_due_at timestamp with time zone DEFAULT statement_timestamp(),
    document_url character varying(2048) DEFAULT ''::character varying NOT NULL,
    post_id bigint,
    creator_id bigint,
    CONSTRAINT activities_previewcard_state_attempts_check CHECK ((state_attempts >= 0))
);
ALTER TABLE public.activities_previewcard ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.activities_previewcard_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.activities_profilelook (
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    identity_id bigint NOT NULL,
    host character varying(255) NOT NULL,
    read_at timestamp with time zone,
    next_page character varying(2048) NOT NULL,
    place smallint NOT NULL,
    pages smallint NOT NULL,
    posts smallint NOT NULL,
    fetches smallint NOT NULL,
    problems jsonb NOT NULL,
    state text DEFAULT 'counting'::text NOT NULL,
    state_due_at timestamp with time zone DEFAULT statement_timestamp(),
    CONSTRAINT activities_profilelook_state_attempts_check CHECK ((state_attempts >= 0))
);
CREATE TABLE public.activities_progress (
    name character varying(40) NOT NULL,
    "position" bigint NOT NULL
);
CREATE TABLE public.activities_publisher (
    id bigint NOT NULL,
    host character varying(255) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL
);
ALTER TABLE public.activities_publisher ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.activities_publisher_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.activities_quotecheck (
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    post_id bigint NOT NULL,
    host character varying(255) NOT NULL,
    state text DEFAULT 'new'::text NOT NULL,
    state_due_at timestamp with time zone DEFAULT statement_timestamp(),
    CONSTRAINT activities_quotecheck_state_attempts_check CHECK ((state_attempts >= 0))
);
CREATE TABLE public.activities_reaction (
    id bigint NOT NULL,
    name character varying(64) NOT NULL,
    host character varying(255) DEFAULT ''::character varying NOT NULL,
    uri character varying(2048) DEFAULT ''::character varying NOT NULL,
    is_like boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone NOT NULL,
    identity_id bigint NOT NULL,
    post_id bigint NOT NULL,
    said_at timestamp with time zone
);
CREATE TABLE public.activities_retentionpass (
    id smallint NOT NULL,
    began_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    ended_at timestamp with time zone,
    "position" bigint DEFAULT 0 NOT NULL,
    looked_at bigint DEFAULT 0 NOT NULL,
    removed bigint DEFAULT 0 NOT NULL,
    removed_in_all bigint DEFAULT 0 NOT NULL
);
CREATE TABLE public.activities_review (
    kind character varying(9) NOT NULL,
    target_id bigint NOT NULL,
    domain_id smallint NOT NULL,
    is_trendable boolean,
    is_usable boolean,
    is_listable boolean,
    decided_by bigint,
    decided_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL
);
CREATE TABLE public.activities_revision (
    id bigint NOT NULL,
    content text NOT NULL,
    source text NOT NULL,
    content_warning text NOT NULL,
    is_sensitive boolean NOT NULL,
    emojis jsonb NOT NULL,
    attachments jsonb NOT NULL,
    question jsonb,
    created_at timestamp with time zone NOT NULL,
    post_id bigint NOT NULL,
    replaced_at timestamp with time zone
);
ALTER TABLE public.activities_revision ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.activities_revision_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.activities_ruletrial (
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    rule_id bigint NOT NULL,
    since bigint NOT NULL,
    before bigint NOT NULL,
    checked bigint NOT NULL,
    matches bigint NOT NULL,
    by_day jsonb NOT NULL,
    by_author jsonb NOT NULL,
    examples jsonb NOT NULL,
    started_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state text DEFAULT 'running'::text NOT NULL,
    state_due_at timestamp with time zone DEFAULT statement_timestamp(),
    CONSTRAINT activities_ruletrial_state_attempts_check CHECK ((state_attempts >= 0))
);
CREATE TABLE public.activities_saveddraft (
    id bigint NOT NULL,
    fields jsonb NOT NULL,
    files jsonb NOT NULL,
    saved_at timestamp with time zone NOT NULL,
    author_id bigint NOT NULL,
    once character varying(64) DEFAULT ''::character varying NOT NULL,
    written_by bigint
);
CREATE TABLE public.activities_scheduledpost (
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    id bigint NOT NULL,
    draft jsonb NOT NULL,
    scheduled_at timestamp with time zone NOT NULL,
    post_id bigint,
    created_at timestamp with time zone NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    state_due_at timestamp with time zone DEFAULT statement_timestamp(),
    author_id bigint NOT NULL,
    reason character varying(500) DEFAULT ''::character varying NOT NULL,
    written_by bigint,
    CONSTRAINT activities_scheduledpost_state_attempts_check CHECK ((state_attempts >= 0))
);
CREATE TABLE public.activities_shelteredpost (
    post_id bigint NOT NULL,
    was text NOT NULL,
    approval_uri text NOT NULL,
    is_for_hashtags boolean NOT NULL,
    held_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    rule_id bigint,
    rule_name character varying(100) NOT NULL,
    site character varying(255) DEFAULT ''::character varying NOT NULL
);
CREATE TABLE public.activities_shelterrule (
    id bigint NOT NULL,
    name character varying(100) NOT NULL,
    action character varying(10) NOT NULL,
    mode character varying(10) NOT NULL,
    phrases text[] NOT NULL,
    link_hosts text[] NOT NULL,
    hosts text[] NOT NULL,
    software text[] NOT NULL,
    languages text[] NOT NULL,
    blurhashes text[] NOT NULL,
    min_mentions integer,
    min_strangers integer,
    younger_than_h integer,
    known_less_than_h integer,
    matches bigint NOT NULL,
    last_match_at timestamp with time zone,
    examples jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    hashes text[] DEFAULT '{}'::text[] NOT NULL
);
CREATE TABLE public.activities_spread (
    id bigint NOT NULL,
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    post_id bigint NOT NULL,
    kind character varying(20) NOT NULL,
    before bigint NOT NULL,
    state text DEFAULT 'spreading'::text NOT NULL,
    state_due_at timestamp with time zone DEFAULT statement_timestamp(),
    CONSTRAINT activities_spread_state_attempts_check CHECK ((state_attempts >= 0))
);
ALTER TABLE public.activities_spread ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.activities_spread_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.activities_threadmute (
    id bigint NOT NULL,
    thread_id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    identity_id bigint NOT NULL
);
ALTER TABLE public.activities_threadmute ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.activities_threadmute_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.activities_threadwalk (
    id bigint NOT NULL,
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    conversation_id bigint NOT NULL,
    host character varying(255) NOT NULL,
    began_at timestamp with time zone,
    posts smallint NOT NULL,
    requests smallint NOT NULL,
    reason character varying(300) NOT NULL,
    ahead jsonb NOT NULL,
    seen jsonb NOT NULL,
    hosts jsonb NOT NULL,
    state text DEFAULT 'walking'::text NOT NULL,
    state_due_at timestamp with time zone DEFAULT statement_timestamp(),
    post_id bigint NOT NULL,
    contexts smallint DEFAULT 0 NOT NULL,
    CONSTRAINT activities_threadwalk_state_attempts_check CHECK ((state_attempts >= 0))
);
ALTER TABLE public.activities_threadwalk ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.activities_threadwalk_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.activities_totalscheck (
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    post_id bigint NOT NULL,
    host character varying(255) NOT NULL,
    state text DEFAULT 'asked'::text NOT NULL,
    state_due_at timestamp with time zone DEFAULT statement_timestamp(),
    CONSTRAINT activities_totalscheck_state_attempts_check CHECK ((state_attempts >= 0))
);
CREATE TABLE public.activities_trend (
    kind character varying(4) NOT NULL,
    place smallint NOT NULL,
    target_id bigint NOT NULL,
    score double precision NOT NULL
);
CREATE TABLE public.activities_upload (
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    id bigint NOT NULL,
    raw_file character varying(100) NOT NULL,
    reader character varying(20) NOT NULL,
    refusal text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    state_due_at timestamp with time zone DEFAULT statement_timestamp(),
    CONSTRAINT activities_upload_state_attempts_check CHECK ((state_attempts >= 0))
);
CREATE TABLE public.api_app (
    id bigint NOT NULL,
    name character varying(100) NOT NULL,
    website character varying(2048) NOT NULL,
    redirect_uris jsonb NOT NULL,
    scopes text NOT NULL,
    client_id character varying(64) NOT NULL,
    client_secret_hash character varying(64) NOT NULL,
    created_at timestamp with time zone NOT NULL
);
ALTER TABLE public.api_app ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.api_app_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.api_authorizationcode (
    id bigint NOT NULL,
    code_hash character varying(64) NOT NULL,
    redirect_uri character varying(2048) NOT NULL,
    scopes text NOT NULL,
    challenge character varying(128) NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    app_id bigint NOT NULL,
    identity_id bigint NOT NULL,
    token_id bigint,
    user_id bigint NOT NULL,
    nonce character varying(255) DEFAULT ''::character varying NOT NULL,
    signed_in_at timestamp with time zone
);
ALTER TABLE public.api_authorizationcode ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.api_authorizationcode_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.api_idempotencykey (
    id bigint NOT NULL,
    key character varying(200) NOT NULL,
    post_id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    token_id bigint NOT NULL
);
ALTER TABLE public.api_idempotencykey ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.api_idempotencykey_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.api_idtokenkey (
    domain_id bigint NOT NULL,
    private_key text NOT NULL,
    public_jwk jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL
);
CREATE TABLE public.api_marker (
    id bigint NOT NULL,
    timeline character varying(20) NOT NULL,
    last_read_id character varying(100) NOT NULL,
    version integer NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    identity_id bigint NOT NULL
);
ALTER TABLE public.api_marker ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.api_marker_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.api_pushdelivery (
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    id bigint NOT NULL,
    subscription_id bigint NOT NULL,
    notification_id bigint NOT NULL,
    host character varying(255) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    state_due_at timestamp with time zone DEFAULT statement_timestamp(),
    CONSTRAINT api_pushdelivery_state_attempts_check CHECK ((state_attempts >= 0))
);
ALTER TABLE public.api_pushdelivery ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.api_pushdelivery_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.api_pushsubscription (
    id bigint NOT NULL,
    endpoint character varying(2048) NOT NULL,
    host character varying(255) NOT NULL,
    p256dh character varying(200) NOT NULL,
    auth character varying(100) NOT NULL,
    standard boolean NOT NULL,
    alerts jsonb NOT NULL,
    policy character varying(10) NOT NULL,
    sealed_token text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    identity_id bigint NOT NULL,
    token_id bigint,
    session_id bigint,
    language character varying(10) DEFAULT ''::character varying NOT NULL
);
ALTER TABLE public.api_pushsubscription ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.api_pushsubscription_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.api_token (
    id bigint NOT NULL,
    token_hash character varying(64) NOT NULL,
    scopes text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    app_id bigint NOT NULL,
    identity_id bigint,
    user_id bigint,
    address character varying(45) DEFAULT ''::character varying NOT NULL,
    user_agent character varying(255) DEFAULT ''::character varying NOT NULL
);
ALTER TABLE public.api_token ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.api_token_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.api_vapidkey (
    id smallint NOT NULL,
    public_key text NOT NULL,
    private_key text NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL
);
CREATE TABLE public.core_backuprun (
    id bigint NOT NULL,
    started_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    ended_at timestamp with time zone,
    state text DEFAULT 'running'::text NOT NULL,
    bytes bigint,
    error text DEFAULT ''::text NOT NULL
);
ALTER TABLE public.core_backuprun ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.core_backuprun_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.core_tries (
    key text NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    used integer NOT NULL
);
CREATE TABLE public.core_uses (
    key text NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    used integer NOT NULL
);
CREATE TABLE public.django_migrations (
    id bigint NOT NULL,
    app character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    applied timestamp with time zone NOT NULL
);
ALTER TABLE public.django_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.federation_delivery (
    id bigint NOT NULL,
    host character varying(255) NOT NULL,
    inbox text NOT NULL,
    status smallint DEFAULT 0 NOT NULL,
    attempts smallint DEFAULT 0 NOT NULL,
    retry_at timestamp with time zone,
    http_status smallint,
    reason text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    ended_at timestamp with time zone,
    activity_id bigint NOT NULL
);
ALTER TABLE public.federation_delivery ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.federation_delivery_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.federation_domainpolicy (
    id bigint NOT NULL,
    host character varying(255) NOT NULL,
    policy character varying(10) DEFAULT 'open'::character varying NOT NULL,
    reject_media boolean DEFAULT false NOT NULL,
    force_sensitive boolean DEFAULT false NOT NULL,
    force_unlisted boolean DEFAULT false NOT NULL,
    strip_links boolean DEFAULT false NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    public_comment text DEFAULT ''::text NOT NULL,
    set_by_id bigint,
    set_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    domain_id bigint NOT NULL
);
ALTER TABLE public.federation_domainpolicy ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.federation_domainpolicy_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.federation_inboxmessage (
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    id bigint NOT NULL,
    unique_key bytea,
    activity_id text DEFAULT ''::text NOT NULL,
    activity_type character varying(100) DEFAULT ''::character varying NOT NULL,
    actor text NOT NULL,
    host character varying(255) NOT NULL,
    key_id text NOT NULL,
    address text DEFAULT ''::text NOT NULL,
    inbox text DEFAULT ''::text NOT NULL,
    size integer NOT NULL,
    body bytea NOT NULL,
    signature jsonb,
    wants jsonb,
    tries smallint DEFAULT 0 NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    received_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state text DEFAULT 'unverified'::text NOT NULL,
    state_due_at timestamp with time zone DEFAULT statement_timestamp(),
    said_at timestamp with time zone,
    is_forwarded boolean DEFAULT false NOT NULL,
    CONSTRAINT federation_inboxmessage_state_attempts_check CHECK ((state_attempts >= 0))
);
CREATE TABLE public.federation_outgoingactivity (
    id bigint NOT NULL,
    signer bigint NOT NULL,
    activity_type character varying(100) NOT NULL,
    activity_uri text NOT NULL,
    object_uri text NOT NULL,
    body bytea NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL
);
CREATE TABLE public.federation_peer (
    id bigint NOT NULL,
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    host character varying(255) NOT NULL,
    policy character varying(10) DEFAULT 'open'::character varying NOT NULL,
    reject_media boolean DEFAULT false NOT NULL,
    reject_reports boolean DEFAULT false NOT NULL,
    policy_note text DEFAULT ''::text NOT NULL,
    software character varying(100) DEFAULT ''::character varying NOT NULL,
    software_version character varying(100) DEFAULT ''::character varying NOT NULL,
    software_checked_at timestamp with time zone,
    signature_scheme character varying(10) DEFAULT 'cavage'::character varying NOT NULL,
    first_seen_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    last_received_at timestamp with time zone,
    last_success_at timestamp with time zone,
    last_failure_at timestamp with time zone,
    last_error text DEFAULT ''::text NOT NULL,
    failing_since timestamp with time zone,
    state text DEFAULT 'idle'::text NOT NULL,
    state_due_at timestamp with time zone,
    is_slow boolean DEFAULT false NOT NULL,
    site character varying(255) DEFAULT ''::character varying NOT NULL,
    handling smallint DEFAULT 0 NOT NULL,
    CONSTRAINT federation_peer_handling_check CHECK ((handling >= 0)),
    CONSTRAINT federation_peer_state_attempts_check CHECK ((state_attempts >= 0))
);
ALTER TABLE public.federation_peer ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.federation_peer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.federation_refusal (
    id bigint NOT NULL,
    host character varying(255) NOT NULL,
    reason character varying(200) NOT NULL,
    status smallint NOT NULL,
    count bigint NOT NULL,
    first_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    key_id text DEFAULT ''::text NOT NULL,
    activity_id text DEFAULT ''::text NOT NULL,
    activity_type character varying(100) DEFAULT ''::character varying NOT NULL,
    path text DEFAULT ''::text NOT NULL,
    address text DEFAULT ''::text NOT NULL,
    size bigint DEFAULT 0 NOT NULL,
    detail text DEFAULT ''::text NOT NULL
);
CREATE TABLE public.federation_relay (
    id bigint NOT NULL,
    address character varying(2048) NOT NULL,
    dialect character varying(10) NOT NULL,
    inbox_url character varying(2048) NOT NULL,
    actor_uri character varying(2048) DEFAULT ''::character varying NOT NULL,
    follow_uri character varying(2048) NOT NULL,
    status character varying(10) DEFAULT 'waiting'::character varying NOT NULL,
    asked_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    answered_at timestamp with time zone,
    last_heard_at timestamp with time zone,
    most_per_minute integer NOT NULL,
    hashtags jsonb NOT NULL,
    minute timestamp with time zone,
    in_minute integer DEFAULT 0 NOT NULL,
    received bigint DEFAULT 0 NOT NULL,
    dropped bigint DEFAULT 0 NOT NULL,
    posts bigint DEFAULT 0 NOT NULL
);
ALTER TABLE public.federation_relay ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.federation_relay_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.federation_remotefile (
    key uuid NOT NULL,
    url text NOT NULL,
    host character varying(255) NOT NULL,
    kind character varying(10) NOT NULL,
    file character varying(100) DEFAULT ''::character varying NOT NULL,
    media_type character varying(100) DEFAULT ''::character varying NOT NULL,
    bytes bigint DEFAULT 0 NOT NULL,
    viewed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    leased_until timestamp with time zone,
    attempts smallint DEFAULT 0 NOT NULL,
    reason character varying(200) DEFAULT ''::character varying NOT NULL,
    try_after timestamp with time zone,
    sha256 character varying(64) DEFAULT ''::character varying NOT NULL
);
CREATE TABLE public.federation_remotekey (
    key_id character varying(2048) NOT NULL,
    owner character varying(2048) NOT NULL,
    pem text NOT NULL,
    fetched_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    is_assertion boolean DEFAULT false NOT NULL
);
CREATE TABLE public.federation_remotemediause (
    id bigint NOT NULL,
    host character varying(255) NOT NULL,
    kind character varying(10) NOT NULL,
    files bigint NOT NULL,
    bytes bigint NOT NULL
);
ALTER TABLE public.federation_remotemediause ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.federation_remotemediause_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.federation_systemkey (
    id smallint NOT NULL,
    public_key text NOT NULL,
    private_key text NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL
);
CREATE TABLE public.stator_heartbeat (
    worker text NOT NULL,
    started_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    last_seen_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    stopped_at timestamp with time zone,
    rows_done bigint DEFAULT 0 NOT NULL,
    metrics text DEFAULT '[]'::text NOT NULL
);
CREATE TABLE public.stator_job (
    name text NOT NULL,
    due_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    error text
);
CREATE TABLE public.stator_tally (
    minute timestamp with time zone NOT NULL,
    label text NOT NULL,
    state text NOT NULL,
    moved bigint NOT NULL,
    delayed bigint NOT NULL,
    failed bigint NOT NULL
);
CREATE SEQUENCE public.takahe_node
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
CREATE TABLE public.users_accountnote (
    id bigint NOT NULL,
    text text NOT NULL,
    source_id bigint NOT NULL,
    target_id bigint NOT NULL
);
ALTER TABLE public.users_accountnote ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.users_accountnote_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.users_accountwarning (
    id bigint NOT NULL,
    action character varying(30) NOT NULL,
    text text NOT NULL,
    post_ids jsonb NOT NULL,
    report_id bigint,
    given_by bigint,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    undone_at timestamp with time zone,
    identity_id bigint NOT NULL,
    user_id bigint
);
CREATE TABLE public.users_actorkey (
    id bigint NOT NULL,
    use character varying(10) NOT NULL,
    key_id character varying(2048) NOT NULL,
    public text NOT NULL,
    private text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    identity_id bigint NOT NULL
);
CREATE TABLE public.users_appeal (
    id bigint NOT NULL,
    text text NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    decided_at timestamp with time zone,
    decided_by bigint,
    is_approved boolean,
    warning_id bigint NOT NULL
);
CREATE TABLE public.users_auditentry (
    id bigint NOT NULL,
    actor_id bigint,
    actor_name character varying(512) NOT NULL,
    act character varying(30) NOT NULL,
    target_kind character varying(20) NOT NULL,
    target_id bigint,
    target_name character varying(512) NOT NULL,
    domain_id bigint,
    reason text NOT NULL,
    details jsonb NOT NULL,
    refusal character varying(50) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL
);
CREATE TABLE public.users_backfill (
    name character varying(50) NOT NULL,
    done_from bigint NOT NULL
);
CREATE TABLE public.users_block (
    id bigint NOT NULL,
    uri character varying(2048) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    source_id bigint NOT NULL,
    target_id bigint NOT NULL,
    said_at timestamp with time zone
);
CREATE TABLE public.users_blocklist (
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    name character varying(200) NOT NULL,
    overrides boolean DEFAULT false NOT NULL,
    "position" integer DEFAULT 0 NOT NULL,
    lost_follows integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state text DEFAULT 'shown'::text NOT NULL,
    state_due_at timestamp with time zone,
    CONSTRAINT users_blocklist_state_attempts_check CHECK ((state_attempts >= 0))
);
CREATE TABLE public.users_blocklistrow (
    id bigint NOT NULL,
    place integer NOT NULL,
    host character varying(255) NOT NULL,
    ruling character varying(100) NOT NULL,
    comment character varying(1000) NOT NULL,
    effect character varying(10) NOT NULL,
    reason character varying(20) NOT NULL,
    is_block boolean NOT NULL,
    is_wanted boolean DEFAULT false NOT NULL,
    before character varying(100) DEFAULT ''::character varying NOT NULL,
    after character varying(100) DEFAULT ''::character varying NOT NULL,
    blocklist_id bigint NOT NULL
);
CREATE TABLE public.users_canonicalemailblock (
    id bigint NOT NULL,
    email_hash character varying(64) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    domain_id bigint
);
CREATE TABLE public.users_circle (
    id bigint NOT NULL,
    title character varying(255) NOT NULL,
    identity_id bigint NOT NULL
);
CREATE TABLE public.users_circlemember (
    id bigint NOT NULL,
    circle_id bigint NOT NULL,
    identity_id bigint NOT NULL
);
CREATE TABLE public.users_collection (
    id bigint NOT NULL,
    uri character varying(2048) NOT NULL,
    name character varying(256) NOT NULL,
    description text NOT NULL,
    language character varying(35) NOT NULL,
    tag character varying(250) NOT NULL,
    is_sensitive boolean NOT NULL,
    is_discoverable boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    owner_id bigint NOT NULL,
    url character varying(2048) DEFAULT ''::character varying NOT NULL
);
CREATE TABLE public.users_collectionitem (
    id bigint NOT NULL,
    state character varying(10) NOT NULL,
    approval_uri character varying(2048) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    collection_id bigint NOT NULL,
    identity_id bigint NOT NULL,
    "position" smallint DEFAULT 0 NOT NULL,
    uri character varying(2048) DEFAULT ''::character varying NOT NULL
);
CREATE TABLE public.users_dismissedsuggestion (
    id bigint NOT NULL,
    identity_id bigint NOT NULL,
    target_id bigint NOT NULL
);
ALTER TABLE public.users_dismissedsuggestion ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.users_dismissedsuggestion_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.users_domain (
    id bigint NOT NULL,
    name character varying(255) NOT NULL,
    service_name character varying(255),
    title character varying(100) NOT NULL,
    description text NOT NULL,
    sign_up_mode character varying(10) NOT NULL,
    is_public boolean NOT NULL,
    contact_email character varying(254) NOT NULL,
    accent_color character varying(7) NOT NULL,
    rules jsonb DEFAULT '[]'::jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    authorized_fetch boolean DEFAULT false NOT NULL,
    banner_file character varying(100) DEFAULT ''::character varying NOT NULL,
    icon_file character varying(100) DEFAULT ''::character varying NOT NULL,
    logo_file character varying(100) DEFAULT ''::character varying NOT NULL,
    has_local_sign_in boolean DEFAULT true NOT NULL,
    state text DEFAULT 'served'::text NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_due_at timestamp with time zone,
    state_error text,
    state_failed_in text,
    removed_to bigint DEFAULT 0 NOT NULL,
    limits jsonb DEFAULT '{}'::jsonb NOT NULL,
    crawlers character varying(5) DEFAULT 'all'::character varying NOT NULL,
    contact_id bigint,
    shows_trends boolean DEFAULT true NOT NULL,
    shows_directory boolean DEFAULT true NOT NULL,
    default_visibility smallint DEFAULT 0 NOT NULL,
    style_version character varying(16) DEFAULT ''::character varying NOT NULL,
    front_id bigint,
    footer_links jsonb DEFAULT '[]'::jsonb NOT NULL,
    mail_name character varying(64) DEFAULT ''::character varying NOT NULL,
    is_local_only boolean DEFAULT false NOT NULL,
    shows_profiles boolean DEFAULT true NOT NULL,
    CONSTRAINT users_domain_state_attempts_check CHECK ((state_attempts >= 0))
);
ALTER TABLE public.users_domain ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.users_domain_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.users_domainaccess (
    id bigint NOT NULL,
    domain_id bigint NOT NULL,
    user_id bigint NOT NULL
);
ALTER TABLE public.users_domainaccess ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.users_domainaccess_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.users_domainfigures (
    domain_id bigint NOT NULL,
    people integer NOT NULL,
    posts bigint NOT NULL,
    active_month integer NOT NULL,
    active_half_year integer NOT NULL,
    logins_month integer NOT NULL,
    peers integer NOT NULL,
    counted_at timestamp with time zone NOT NULL
);
CREATE TABLE public.users_domainstyle (
    domain_id bigint NOT NULL,
    source text NOT NULL,
    css text NOT NULL,
    removed jsonb DEFAULT '[]'::jsonb NOT NULL
);
CREATE TABLE public.users_domaintext (
    id bigint NOT NULL,
    kind character varying(30) NOT NULL,
    content text NOT NULL,
    effective_on date NOT NULL,
    published_at timestamp with time zone NOT NULL,
    domain_id bigint NOT NULL
);
ALTER TABLE public.users_domaintext ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.users_domaintext_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.users_emaildomainblock (
    id bigint NOT NULL,
    name character varying(255) NOT NULL,
    allows_with_approval boolean NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    domain_id bigint,
    expires_at timestamp with time zone
);
CREATE TABLE public.users_emoji (
    id bigint NOT NULL,
    shortcode character varying(64) NOT NULL,
    host character varying(255) DEFAULT ''::character varying NOT NULL,
    category character varying(100) DEFAULT ''::character varying NOT NULL,
    is_visible_in_picker boolean DEFAULT true NOT NULL,
    is_enabled boolean DEFAULT true NOT NULL,
    file character varying(100) DEFAULT ''::character varying NOT NULL,
    static_file character varying(100) DEFAULT ''::character varying NOT NULL,
    url character varying(2048) DEFAULT ''::character varying NOT NULL,
    uri character varying(2048) DEFAULT ''::character varying NOT NULL,
    updated_at timestamp with time zone,
    seen_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    domain_id bigint
);
CREATE TABLE public.users_emojipack (
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    id bigint NOT NULL,
    name character varying(100) NOT NULL,
    raw_file character varying(100) NOT NULL,
    refusal text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    state_due_at timestamp with time zone DEFAULT statement_timestamp(),
    uploaded_by bigint,
    CONSTRAINT users_emojipack_state_attempts_check CHECK ((state_attempts >= 0))
);
CREATE TABLE public.users_emojiremoval (
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    id bigint NOT NULL,
    file character varying(100) NOT NULL,
    static_file character varying(100) NOT NULL,
    state text DEFAULT 'removing'::text NOT NULL,
    state_due_at timestamp with time zone DEFAULT statement_timestamp(),
    emoji_id bigint,
    CONSTRAINT users_emojiremoval_state_attempts_check CHECK ((state_attempts >= 0))
);
CREATE TABLE public.users_endorsement (
    id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    source_id bigint NOT NULL,
    target_id bigint NOT NULL
);
CREATE TABLE public.users_externallogin (
    id bigint NOT NULL,
    subject character varying(255) NOT NULL,
    label character varying(254) NOT NULL,
    role bigint,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    last_used_at timestamp with time zone,
    user_id bigint NOT NULL,
    provider_id bigint NOT NULL
);
CREATE TABLE public.users_follow (
    id bigint NOT NULL,
    uri character varying(2048) NOT NULL,
    shows_boosts boolean NOT NULL,
    notifies boolean NOT NULL,
    languages jsonb,
    created_at timestamp with time zone NOT NULL,
    accepted_at timestamp with time zone,
    source_id bigint NOT NULL,
    target_id bigint NOT NULL,
    said_at timestamp with time zone
);
CREATE TABLE public.users_followimport (
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    id bigint NOT NULL,
    address character varying(500) NOT NULL,
    reason character varying(500) DEFAULT ''::character varying NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    state_due_at timestamp with time zone DEFAULT statement_timestamp(),
    identity_id bigint NOT NULL,
    CONSTRAINT users_followimport_state_attempts_check CHECK ((state_attempts >= 0))
);
CREATE TABLE public.users_hostblock (
    id bigint NOT NULL,
    host character varying(255) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    identity_id bigint NOT NULL,
    parted_to bigint,
    state text DEFAULT 'parting'::text NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_due_at timestamp with time zone DEFAULT statement_timestamp(),
    state_error text,
    state_failed_in text,
    CONSTRAINT users_hostblock_state_attempts_check CHECK ((state_attempts >= 0))
);
CREATE TABLE public.users_identity (
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    id bigint NOT NULL,
    username character varying(255) NOT NULL,
    host character varying(255) NOT NULL,
    uri character varying(2048) NOT NULL,
    profile_url character varying(2048) NOT NULL,
    actor_type character varying(20) NOT NULL,
    name character varying(500) NOT NULL,
    summary text NOT NULL,
    summary_source text NOT NULL,
    fields jsonb NOT NULL,
    emojis jsonb NOT NULL,
    icon_url character varying(2048) NOT NULL,
    icon_description text NOT NULL,
    image_url character varying(2048) NOT NULL,
    image_description text NOT NULL,
    inbox_url character varying(2048) NOT NULL,
    shared_inbox_url character varying(2048) NOT NULL,
    outbox_url character varying(2048) NOT NULL,
    followers_url character varying(2048) NOT NULL,
    following_url character varying(2048) NOT NULL,
    featured_url character varying(2048) NOT NULL,
    public_key_id character varying(2048) NOT NULL,
    public_key text NOT NULL,
    private_key text NOT NULL,
    approves_followers boolean NOT NULL,
    is_discoverable boolean NOT NULL,
    is_indexable boolean NOT NULL,
    hides_follows boolean NOT NULL,
    also_known_as jsonb NOT NULL,
    moved_to_uri character varying(2048) NOT NULL,
    restriction smallint NOT NULL,
    posts_count integer NOT NULL,
    followers_count integer NOT NULL,
    following_count integer NOT NULL,
    last_post_at timestamp with time zone,
    default_visibility smallint NOT NULL,
    default_language character varying(35) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    fetched_at timestamp with time zone,
    deleted_at timestamp with time zone,
    state text DEFAULT 'steady'::text NOT NULL,
    state_due_at timestamp with time zone,
    domain_id bigint,
    filters_version integer DEFAULT 0 NOT NULL,
    attribution_domains jsonb DEFAULT '[]'::jsonb NOT NULL,
    shows_featured boolean DEFAULT true NOT NULL,
    shows_media boolean DEFAULT true NOT NULL,
    shows_media_of_replies boolean DEFAULT true NOT NULL,
    default_sensitive boolean DEFAULT false NOT NULL,
    default_quote_policy smallint DEFAULT 1 NOT NULL,
    icon_file character varying(100) DEFAULT ''::character varying NOT NULL,
    image_file character varying(100) DEFAULT ''::character varying NOT NULL,
    emptied_to bigint,
    told_to character varying(32) DEFAULT ''::character varying NOT NULL,
    announced_as bigint,
    announced_to bigint,
    featured_tags_url character varying(2048) DEFAULT ''::character varying NOT NULL,
    stated_followers integer,
    stated_following integer,
    stated_posts integer,
    allows_featuring boolean DEFAULT false NOT NULL,
    default_reply_policy smallint DEFAULT 1 NOT NULL,
    default_like_policy smallint DEFAULT 1 NOT NULL,
    default_boost_policy smallint DEFAULT 1 NOT NULL,
    featured_collections_url character varying(2048) DEFAULT ''::character varying NOT NULL,
    default_policies jsonb DEFAULT '{}'::jsonb NOT NULL,
    media_descriptions smallint DEFAULT 1 NOT NULL,
    opens_warnings boolean DEFAULT false NOT NULL,
    expands_media character varying(8) DEFAULT 'default'::character varying NOT NULL,
    first_step smallint DEFAULT 0 NOT NULL,
    is_sensitized boolean DEFAULT false NOT NULL,
    leaves_at timestamp with time zone,
    stays_limited boolean DEFAULT false NOT NULL,
    limited_with bigint,
    sensitized_with bigint,
    CONSTRAINT users_identity_state_attempts_check CHECK ((state_attempts >= 0))
);
CREATE TABLE public.users_identityaccess (
    id bigint NOT NULL,
    is_owner boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    identity_id bigint NOT NULL,
    user_id bigint NOT NULL,
    is_editor boolean DEFAULT true NOT NULL,
    label character varying(300) DEFAULT ''::character varying NOT NULL
);
ALTER TABLE public.users_identityaccess ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.users_identityaccess_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.users_invitation (
    id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    sign_ups integer NOT NULL,
    domain_id bigint NOT NULL,
    made_by_id bigint,
    max_sign_ups integer
);
CREATE TABLE public.users_ipblock (
    id bigint NOT NULL,
    network cidr NOT NULL,
    severity character varying(30) NOT NULL,
    comment text NOT NULL,
    expires_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    domain_id bigint
);
CREATE TABLE public.users_itemcheck (
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    id bigint NOT NULL,
    uri character varying(2048) NOT NULL,
    person_uri character varying(2048) NOT NULL,
    stamp_uri character varying(2048) NOT NULL,
    "position" smallint NOT NULL,
    host character varying(255) NOT NULL,
    state text DEFAULT 'new'::text NOT NULL,
    state_due_at timestamp with time zone DEFAULT statement_timestamp(),
    collection_id bigint NOT NULL,
    CONSTRAINT users_itemcheck_state_attempts_check CHECK ((state_attempts >= 0))
);
CREATE TABLE public.users_knownnetwork (
    mark character varying(64) NOT NULL,
    last_at timestamp with time zone NOT NULL,
    user_id bigint NOT NULL,
    is_browser boolean DEFAULT false NOT NULL
);
CREATE TABLE public.users_leftcircle (
    id bigint NOT NULL,
    mark bigint NOT NULL,
    circle_id bigint NOT NULL,
    member_id bigint NOT NULL
);
CREATE TABLE public.users_listedserver (
    host character varying(255) NOT NULL,
    given character varying(100) NOT NULL,
    note character varying(1000) DEFAULT ''::character varying NOT NULL,
    is_overruled boolean DEFAULT false NOT NULL
);
CREATE TABLE public.users_mail (
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    id bigint NOT NULL,
    recipient text NOT NULL,
    subject text NOT NULL,
    text text NOT NULL,
    useless_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    state_due_at timestamp with time zone DEFAULT statement_timestamp(),
    domain_id bigint,
    staff_about text DEFAULT ''::text NOT NULL,
    language character varying(10) DEFAULT ''::character varying NOT NULL,
    unsubscribe_url text DEFAULT ''::text NOT NULL,
    CONSTRAINT users_mail_state_attempts_check CHECK ((state_attempts >= 0))
);
CREATE TABLE public.users_move (
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    id bigint NOT NULL,
    followers integer NOT NULL,
    activity_id bigint,
    told_to bigint,
    carried_to bigint,
    created_at timestamp with time zone NOT NULL,
    state text DEFAULT 'telling'::text NOT NULL,
    state_due_at timestamp with time zone DEFAULT statement_timestamp(),
    source_id bigint NOT NULL,
    target_id bigint NOT NULL,
    CONSTRAINT users_move_state_attempts_check CHECK ((state_attempts >= 0))
);
CREATE TABLE public.users_movefollower (
    id bigint NOT NULL,
    follower_id bigint NOT NULL,
    move_id bigint NOT NULL
);
CREATE TABLE public.users_mute (
    id bigint NOT NULL,
    hides_notifications boolean NOT NULL,
    expires_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    source_id bigint NOT NULL,
    target_id bigint NOT NULL
);
CREATE TABLE public.users_option (
    id bigint NOT NULL,
    level character varying(10) NOT NULL,
    owner bigint NOT NULL,
    name character varying(100) NOT NULL,
    value jsonb NOT NULL
);
ALTER TABLE public.users_option ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.users_option_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.users_packedemoji (
    id bigint NOT NULL,
    shortcode character varying(100) NOT NULL,
    category character varying(100) NOT NULL,
    file character varying(100) NOT NULL,
    static_file character varying(100) NOT NULL,
    problem character varying(50) NOT NULL,
    pack_id bigint NOT NULL
);
CREATE TABLE public.users_passkey (
    id bigint NOT NULL,
    credential_id bytea NOT NULL,
    attested bytea NOT NULL,
    sign_count bigint NOT NULL,
    name character varying(60) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    domain_id bigint NOT NULL,
    user_id bigint NOT NULL
);
CREATE TABLE public.users_profilelink (
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    id bigint NOT NULL,
    url character varying(2048) NOT NULL,
    host character varying(255) NOT NULL,
    is_local boolean NOT NULL,
    problem character varying(20) DEFAULT ''::character varying NOT NULL,
    tried_at timestamp with time zone,
    verified_at timestamp with time zone,
    state text DEFAULT 'due'::text NOT NULL,
    state_due_at timestamp with time zone DEFAULT statement_timestamp(),
    identity_id bigint NOT NULL,
    CONSTRAINT users_profilelink_state_attempts_check CHECK ((state_attempts >= 0))
);
CREATE TABLE public.users_recoverycode (
    id bigint NOT NULL,
    code_hash character varying(64) NOT NULL,
    used_at timestamp with time zone,
    user_id bigint NOT NULL
);
CREATE TABLE public.users_report (
    id bigint NOT NULL,
    uri character varying(2048) NOT NULL,
    comment text NOT NULL,
    post_uris jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    resolved_at timestamp with time zone,
    source_id bigint,
    target_id bigint NOT NULL,
    category character varying(10) DEFAULT 'other'::character varying NOT NULL,
    is_forwarded boolean DEFAULT false NOT NULL,
    post_ids jsonb DEFAULT '[]'::jsonb NOT NULL,
    rule_ids jsonb DEFAULT '[]'::jsonb NOT NULL,
    collection_ids jsonb DEFAULT '[]'::jsonb NOT NULL,
    assigned_to bigint,
    resolved_by bigint
);
CREATE TABLE public.users_role (
    id bigint NOT NULL,
    name character varying(50) NOT NULL,
    permissions bigint NOT NULL,
    color character varying(7) NOT NULL,
    is_highlighted boolean NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    domain_id bigint,
    needs_factor boolean DEFAULT false NOT NULL
);
CREATE TABLE public.users_rolegrant (
    id bigint NOT NULL,
    granted_by bigint,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    domain_id bigint,
    role_id bigint NOT NULL,
    user_id bigint NOT NULL
);
CREATE TABLE public.users_rule (
    id bigint NOT NULL,
    number integer NOT NULL,
    place integer NOT NULL,
    text text NOT NULL,
    hint text DEFAULT ''::text NOT NULL,
    translations jsonb DEFAULT '{}'::jsonb NOT NULL,
    removed_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    domain_id bigint NOT NULL
);
CREATE TABLE public.users_searchname (
    identity_id bigint NOT NULL,
    text text NOT NULL,
    grams text[] NOT NULL
);
CREATE TABLE public.users_serverfigures (
    id smallint NOT NULL,
    logins integer NOT NULL,
    identities integer NOT NULL,
    active_month integer NOT NULL,
    posts bigint NOT NULL,
    peers integer NOT NULL,
    blocked_peers integer NOT NULL,
    counted_at timestamp with time zone NOT NULL
);
CREATE TABLE public.users_session (
    id bigint NOT NULL,
    key_hash character varying(64) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    address character varying(45) NOT NULL,
    user_agent character varying(255) NOT NULL,
    identity_id bigint,
    user_id bigint NOT NULL,
    is_strong boolean DEFAULT false NOT NULL,
    provider_id bigint
);
ALTER TABLE public.users_session ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.users_session_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.users_severance (
    id bigint NOT NULL,
    followers_count integer DEFAULT 0 NOT NULL,
    following_count integer DEFAULT 0 NOT NULL,
    is_told boolean DEFAULT false NOT NULL,
    identity_id bigint NOT NULL,
    event_id bigint NOT NULL
);
ALTER TABLE public.users_severance ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.users_severance_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.users_severanceevent (
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    id bigint NOT NULL,
    kind character varying(20) NOT NULL,
    target_name character varying(600) NOT NULL,
    hosts jsonb,
    "position" character varying(2048) DEFAULT ''::character varying NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state text DEFAULT 'listing'::text NOT NULL,
    state_due_at timestamp with time zone DEFAULT statement_timestamp(),
    identity_id bigint,
    domain_id bigint,
    CONSTRAINT users_severanceevent_state_attempts_check CHECK ((state_attempts >= 0))
);
CREATE TABLE public.users_severedfollow (
    id bigint NOT NULL,
    is_following boolean NOT NULL,
    shows_boosts boolean NOT NULL,
    notifies boolean NOT NULL,
    languages jsonb,
    event_id bigint NOT NULL,
    identity_id bigint NOT NULL,
    other_id bigint NOT NULL
);
ALTER TABLE public.users_severedfollow ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.users_severedfollow_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.users_sharinginvitation (
    id bigint NOT NULL,
    address character varying(254) NOT NULL,
    label character varying(300) NOT NULL,
    role smallint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    identity_id bigint NOT NULL,
    invited_by_id bigint NOT NULL,
    user_id bigint
);
CREATE TABLE public.users_signinprovider (
    id bigint NOT NULL,
    name character varying(60) NOT NULL,
    issuer character varying(2048) NOT NULL,
    client_id character varying(512) NOT NULL,
    client_secret text NOT NULL,
    scopes character varying(500) NOT NULL,
    creates_logins boolean NOT NULL,
    connects_addresses boolean NOT NULL,
    replaces_local boolean NOT NULL,
    groups_claim character varying(100) NOT NULL,
    roles jsonb NOT NULL,
    roles_by bigint,
    is_enabled boolean NOT NULL,
    metadata jsonb NOT NULL,
    fetched_at timestamp with time zone,
    keys jsonb NOT NULL,
    keys_fetched_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    domain_id bigint NOT NULL
);
CREATE TABLE public.users_signup (
    user_id bigint NOT NULL,
    username character varying(255) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    domain_id bigint NOT NULL
);
CREATE TABLE public.users_staffnote (
    id bigint NOT NULL,
    report_id bigint,
    domain_id bigint,
    author_id bigint,
    text text NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    identity_id bigint NOT NULL
);
CREATE TABLE public.users_subscribedserver (
    id bigint NOT NULL,
    host character varying(255) NOT NULL,
    ruling character varying(100) DEFAULT ''::character varying NOT NULL,
    fetched character varying(100) NOT NULL,
    comment character varying(1000) DEFAULT ''::character varying NOT NULL,
    generation integer NOT NULL,
    subscription_id bigint NOT NULL
);
ALTER TABLE public.users_subscribedserver ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.users_subscribedserver_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.users_subscription (
    state_changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state_attempts smallint DEFAULT 0 NOT NULL,
    state_error text,
    state_failed_in text,
    id bigint NOT NULL,
    address character varying(2048) NOT NULL,
    name character varying(200) NOT NULL,
    user_id bigint,
    etag character varying(200) DEFAULT ''::character varying NOT NULL,
    generation integer DEFAULT 0 NOT NULL,
    "position" character varying(255) DEFAULT ''::character varying NOT NULL,
    counts jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    fetched_at timestamp with time zone,
    applied_at timestamp with time zone,
    problem character varying(500) DEFAULT ''::character varying NOT NULL,
    state text DEFAULT 'fetching'::text NOT NULL,
    state_due_at timestamp with time zone DEFAULT statement_timestamp(),
    CONSTRAINT users_subscription_state_attempts_check CHECK ((state_attempts >= 0))
);
CREATE TABLE public.users_totp (
    user_id bigint NOT NULL,
    secret text NOT NULL,
    last_step bigint NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public.users_trouble (
    kind text NOT NULL,
    facts jsonb NOT NULL,
    since timestamp with time zone DEFAULT statement_timestamp() NOT NULL
);
CREATE TABLE public.users_undone (
    uri character varying(2048) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    said_at timestamp with time zone
);
CREATE TABLE public.users_user (
    id bigint NOT NULL,
    email character varying(254) NOT NULL,
    password_hash character varying(255) NOT NULL,
    role character varying(10) DEFAULT 'member'::character varying NOT NULL,
    is_disabled boolean NOT NULL,
    confirmed_at timestamp with time zone,
    approved_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone,
    sign_up_app bigint,
    sign_up_reason text DEFAULT ''::text NOT NULL,
    is_restricted boolean DEFAULT false NOT NULL,
    is_restricted_by_hand boolean DEFAULT false NOT NULL,
    theme character varying(8) DEFAULT 'system'::character varying NOT NULL,
    text_size character varying(8) DEFAULT 'normal'::character varying NOT NULL,
    is_compact boolean DEFAULT false NOT NULL,
    language character varying(10) DEFAULT ''::character varying NOT NULL,
    is_staff boolean DEFAULT false NOT NULL,
    rights jsonb DEFAULT '{}'::jsonb NOT NULL,
    has_totp boolean DEFAULT false NOT NULL,
    has_passkey boolean DEFAULT false NOT NULL,
    needs_factor boolean DEFAULT false NOT NULL,
    invited_by bigint,
    leaves_at timestamp with time zone,
    sign_up_question text DEFAULT ''::text NOT NULL,
    staff_mails jsonb DEFAULT '{}'::jsonb NOT NULL
);
ALTER TABLE public.users_user ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.users_user_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.users_warningpreset (
    id bigint NOT NULL,
    title character varying(100) NOT NULL,
    text text NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    domain_id bigint
);
ALTER TABLE ONLY public.activities_alert
    ADD CONSTRAINT activities_alert_pkey PRIMARY KEY (user_id, identity_id);
ALTER TABLE ONLY public.activities_announcement
    ADD CONSTRAINT activities_announcement_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_announcementreaction
    ADD CONSTRAINT activities_announcement_reaction UNIQUE (announcement_id, name, identity_id);
ALTER TABLE ONLY public.activities_announcementread
    ADD CONSTRAINT activities_announcement_read UNIQUE (announcement_id, identity_id);
ALTER TABLE ONLY public.activities_announcementreaction
    ADD CONSTRAINT activities_announcementreaction_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_announcementread
    ADD CONSTRAINT activities_announcementread_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_approval
    ADD CONSTRAINT activities_approval_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_approval
    ADD CONSTRAINT activities_approval_uri_key UNIQUE (uri);
ALTER TABLE ONLY public.activities_attachment
    ADD CONSTRAINT activities_attachment_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_bookmark
    ADD CONSTRAINT activities_bookmark_pair UNIQUE (post_id, identity_id);
ALTER TABLE ONLY public.activities_bookmark
    ADD CONSTRAINT activities_bookmark_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_bookmarkfolder
    ADD CONSTRAINT activities_bookmarkfolder_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_broadcast
    ADD CONSTRAINT activities_broadcast_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_captions
    ADD CONSTRAINT activities_captions_name_key UNIQUE (name);
ALTER TABLE ONLY public.activities_captions
    ADD CONSTRAINT activities_captions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_conversation
    ADD CONSTRAINT activities_conversation_pair UNIQUE (identity_id, thread_id);
ALTER TABLE ONLY public.activities_conversation
    ADD CONSTRAINT activities_conversation_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_dailyuse
    ADD CONSTRAINT activities_dailyuse_pkey PRIMARY KEY (kind, target_id, day);
ALTER TABLE ONLY public.activities_deck
    ADD CONSTRAINT activities_deck_pkey PRIMARY KEY (identity_id);
ALTER TABLE ONLY public.activities_digest
    ADD CONSTRAINT activities_digest_pkey PRIMARY KEY (user_id, identity_id);
ALTER TABLE ONLY public.activities_discardedfile
    ADD CONSTRAINT activities_discardedfile_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_domainday
    ADD CONSTRAINT activities_domainday_pkey PRIMARY KEY (day, domain_id);
ALTER TABLE ONLY public.activities_domainweek
    ADD CONSTRAINT activities_domainweek_pkey PRIMARY KEY (domain_id, week);
ALTER TABLE ONLY public.activities_featuredtag
    ADD CONSTRAINT activities_featured_tag_pair UNIQUE (identity_id, hashtag_id);
ALTER TABLE ONLY public.activities_featuredtag
    ADD CONSTRAINT activities_featuredtag_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_filematch
    ADD CONSTRAINT activities_filematch_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.activities_filter
    ADD CONSTRAINT activities_filter_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_filterstatus
    ADD CONSTRAINT activities_filter_status_pair UNIQUE (filter_id, post_id);
ALTER TABLE ONLY public.activities_filterkeyword
    ADD CONSTRAINT activities_filterkeyword_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_filterstatus
    ADD CONSTRAINT activities_filterstatus_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_followedtag
    ADD CONSTRAINT activities_followed_tag_pair UNIQUE (identity_id, hashtag_id);
ALTER TABLE ONLY public.activities_followedtag
    ADD CONSTRAINT activities_followedtag_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_groupmoderation
    ADD CONSTRAINT activities_groupmoderation_pkey PRIMARY KEY (post_id, group_id);
ALTER TABLE ONLY public.activities_groupvote
    ADD CONSTRAINT activities_groupvote_pkey PRIMARY KEY (post_id, voter);
ALTER TABLE ONLY public.activities_hashtag
    ADD CONSTRAINT activities_hashtag_name_key UNIQUE (name);
ALTER TABLE ONLY public.activities_hashtag
    ADD CONSTRAINT activities_hashtag_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_homeentry
    ADD CONSTRAINT activities_homeentry_pkey PRIMARY KEY (identity_id, post_id);
ALTER TABLE ONLY public.activities_idempotencykey
    ADD CONSTRAINT activities_idempotency_key_once UNIQUE (author_id, key);
ALTER TABLE ONLY public.activities_idempotencykey
    ADD CONSTRAINT activities_idempotencykey_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_like
    ADD CONSTRAINT activities_like_pair UNIQUE (post_id, identity_id);
ALTER TABLE ONLY public.activities_like
    ADD CONSTRAINT activities_like_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_listmember
    ADD CONSTRAINT activities_list_member_pair UNIQUE (list_id, identity_id);
ALTER TABLE ONLY public.activities_listmember
    ADD CONSTRAINT activities_listmember_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_mediacheck
    ADD CONSTRAINT activities_mediacheck_pkey PRIMARY KEY (post_id);
ALTER TABLE ONLY public.activities_mention
    ADD CONSTRAINT activities_mention_pair UNIQUE (post_id, identity_id);
ALTER TABLE ONLY public.activities_mention
    ADD CONSTRAINT activities_mention_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_notification
    ADD CONSTRAINT activities_notification_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_notificationpermission
    ADD CONSTRAINT activities_notificationpermission_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_notificationpolicy
    ADD CONSTRAINT activities_notificationpolicy_pkey PRIMARY KEY (identity_id);
ALTER TABLE ONLY public.activities_oldposts
    ADD CONSTRAINT activities_oldposts_pkey PRIMARY KEY (identity_id);
ALTER TABLE ONLY public.activities_peoplecohort
    ADD CONSTRAINT activities_peoplecohort_pkey PRIMARY KEY (domain_id, frequency, joined, seen);
ALTER TABLE ONLY public.activities_peoplegroup
    ADD CONSTRAINT activities_peoplegroup_pkey PRIMARY KEY (domain_id, key, entry);
ALTER TABLE ONLY public.activities_peoplelist
    ADD CONSTRAINT activities_peoplelist_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_notificationpermission
    ADD CONSTRAINT activities_permission_pair UNIQUE (identity_id, actor_id);
ALTER TABLE ONLY public.activities_pin
    ADD CONSTRAINT activities_pin_pair UNIQUE (post_id, identity_id);
ALTER TABLE ONLY public.activities_pin
    ADD CONSTRAINT activities_pin_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_poll
    ADD CONSTRAINT activities_poll_pkey PRIMARY KEY (post_id);
ALTER TABLE ONLY public.activities_pollvote
    ADD CONSTRAINT activities_poll_vote_once UNIQUE (post_id, identity_id, choice);
ALTER TABLE ONLY public.activities_pollvote
    ADD CONSTRAINT activities_pollvote_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_post
    ADD CONSTRAINT activities_post_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_posttag
    ADD CONSTRAINT activities_post_tag_pair UNIQUE (post_id, hashtag_id);
ALTER TABLE ONLY public.activities_post
    ADD CONSTRAINT activities_post_uri_key UNIQUE (uri);
ALTER TABLE ONLY public.activities_postexpiry
    ADD CONSTRAINT activities_postexpiry_pkey PRIMARY KEY (post_id);
ALTER TABLE ONLY public.activities_posttag
    ADD CONSTRAINT activities_posttag_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_postwithdrawal
    ADD CONSTRAINT activities_postwithdrawal_pkey PRIMARY KEY (post_id);
ALTER TABLE ONLY public.activities_postwriter
    ADD CONSTRAINT activities_postwriter_pkey PRIMARY KEY (post_id);
ALTER TABLE ONLY public.activities_previewcard
    ADD CONSTRAINT activities_previewcard_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_previewcard
    ADD CONSTRAINT activities_previewcard_url_key UNIQUE (url);
ALTER TABLE ONLY public.activities_profilelook
    ADD CONSTRAINT activities_profilelook_pkey PRIMARY KEY (identity_id);
ALTER TABLE ONLY public.activities_progress
    ADD CONSTRAINT activities_progress_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.activities_publisher
    ADD CONSTRAINT activities_publisher_host_key UNIQUE (host);
ALTER TABLE ONLY public.activities_publisher
    ADD CONSTRAINT activities_publisher_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_quotecheck
    ADD CONSTRAINT activities_quotecheck_pkey PRIMARY KEY (post_id);
ALTER TABLE ONLY public.activities_reaction
    ADD CONSTRAINT activities_reaction_once UNIQUE (post_id, identity_id, name, host);
ALTER TABLE ONLY public.activities_reaction
    ADD CONSTRAINT activities_reaction_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_retentionpass
    ADD CONSTRAINT activities_retentionpass_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_review
    ADD CONSTRAINT activities_review_pkey PRIMARY KEY (kind, target_id, domain_id);
ALTER TABLE ONLY public.activities_revision
    ADD CONSTRAINT activities_revision_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_ruletrial
    ADD CONSTRAINT activities_ruletrial_pkey PRIMARY KEY (rule_id);
ALTER TABLE ONLY public.activities_saveddraft
    ADD CONSTRAINT activities_saveddraft_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_scheduledpost
    ADD CONSTRAINT activities_scheduledpost_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_shelteredpost
    ADD CONSTRAINT activities_shelteredpost_pkey PRIMARY KEY (post_id);
ALTER TABLE ONLY public.activities_shelterrule
    ADD CONSTRAINT activities_shelterrule_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_spread
    ADD CONSTRAINT activities_spread_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_threadmute
    ADD CONSTRAINT activities_thread_mute_pair UNIQUE (identity_id, thread_id);
ALTER TABLE ONLY public.activities_threadmute
    ADD CONSTRAINT activities_threadmute_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_threadwalk
    ADD CONSTRAINT activities_threadwalk_conversation_id_key UNIQUE (conversation_id);
ALTER TABLE ONLY public.activities_threadwalk
    ADD CONSTRAINT activities_threadwalk_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_totalscheck
    ADD CONSTRAINT activities_totalscheck_pkey PRIMARY KEY (post_id);
ALTER TABLE ONLY public.activities_trend
    ADD CONSTRAINT activities_trend_pkey PRIMARY KEY (kind, place);
ALTER TABLE ONLY public.activities_upload
    ADD CONSTRAINT activities_upload_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.api_app
    ADD CONSTRAINT api_app_client_id_key UNIQUE (client_id);
ALTER TABLE ONLY public.api_app
    ADD CONSTRAINT api_app_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.api_authorizationcode
    ADD CONSTRAINT api_authorizationcode_code_hash_key UNIQUE (code_hash);
ALTER TABLE ONLY public.api_authorizationcode
    ADD CONSTRAINT api_authorizationcode_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.api_idempotencykey
    ADD CONSTRAINT api_idempotency_key_once UNIQUE (token_id, key);
ALTER TABLE ONLY public.api_idempotencykey
    ADD CONSTRAINT api_idempotencykey_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.api_idtokenkey
    ADD CONSTRAINT api_idtokenkey_pkey PRIMARY KEY (domain_id);
ALTER TABLE ONLY public.api_marker
    ADD CONSTRAINT api_marker_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.api_marker
    ADD CONSTRAINT api_marker_timeline UNIQUE (identity_id, timeline);
ALTER TABLE ONLY public.api_pushdelivery
    ADD CONSTRAINT api_pushdelivery_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.api_pushsubscription
    ADD CONSTRAINT api_pushsubscription_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.api_pushsubscription
    ADD CONSTRAINT api_pushsubscription_token_id_key UNIQUE (token_id);
ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_token_hash_key UNIQUE (token_hash);
ALTER TABLE ONLY public.api_vapidkey
    ADD CONSTRAINT api_vapidkey_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.core_backuprun
    ADD CONSTRAINT core_backuprun_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.core_tries
    ADD CONSTRAINT core_tries_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.core_uses
    ADD CONSTRAINT core_uses_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.django_migrations
    ADD CONSTRAINT django_migrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.federation_delivery
    ADD CONSTRAINT federation_delivery_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.federation_domainpolicy
    ADD CONSTRAINT federation_domain_policy_host UNIQUE (domain_id, host);
ALTER TABLE ONLY public.federation_domainpolicy
    ADD CONSTRAINT federation_domainpolicy_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.federation_inboxmessage
    ADD CONSTRAINT federation_inboxmessage_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.federation_inboxmessage
    ADD CONSTRAINT federation_inboxmessage_unique_key_key UNIQUE (unique_key);
ALTER TABLE ONLY public.federation_outgoingactivity
    ADD CONSTRAINT federation_outgoingactivity_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.federation_peer
    ADD CONSTRAINT federation_peer_host_key UNIQUE (host);
ALTER TABLE ONLY public.federation_peer
    ADD CONSTRAINT federation_peer_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.federation_refusal
    ADD CONSTRAINT federation_refusal_host_reason UNIQUE (host, reason);
ALTER TABLE ONLY public.federation_refusal
    ADD CONSTRAINT federation_refusal_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.federation_relay
    ADD CONSTRAINT federation_relay_address_key UNIQUE (address);
ALTER TABLE ONLY public.federation_relay
    ADD CONSTRAINT federation_relay_follow_uri_key UNIQUE (follow_uri);
ALTER TABLE ONLY public.federation_relay
    ADD CONSTRAINT federation_relay_inbox_url_key UNIQUE (inbox_url);
ALTER TABLE ONLY public.federation_relay
    ADD CONSTRAINT federation_relay_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.federation_remotefile
    ADD CONSTRAINT federation_remotefile_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.federation_remotekey
    ADD CONSTRAINT federation_remotekey_pkey PRIMARY KEY (key_id);
ALTER TABLE ONLY public.federation_remotemediause
    ADD CONSTRAINT federation_remotemediause_host UNIQUE (host, kind);
ALTER TABLE ONLY public.federation_remotemediause
    ADD CONSTRAINT federation_remotemediause_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.federation_systemkey
    ADD CONSTRAINT federation_systemkey_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activities_notification
    ADD CONSTRAINT notification_once UNIQUE NULLS NOT DISTINCT (identity_id, kind, actor_id, post_id);
ALTER TABLE ONLY public.stator_heartbeat
    ADD CONSTRAINT stator_heartbeat_pkey PRIMARY KEY (worker);
ALTER TABLE ONLY public.stator_job
    ADD CONSTRAINT stator_job_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.stator_tally
    ADD CONSTRAINT stator_tally_pkey PRIMARY KEY (minute, label, state);
ALTER TABLE ONLY public.users_accountnote
    ADD CONSTRAINT users_account_note_pair UNIQUE (source_id, target_id);
ALTER TABLE ONLY public.users_accountnote
    ADD CONSTRAINT users_accountnote_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_accountwarning
    ADD CONSTRAINT users_accountwarning_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_actorkey
    ADD CONSTRAINT users_actor_key_use UNIQUE (identity_id, use);
ALTER TABLE ONLY public.users_actorkey
    ADD CONSTRAINT users_actorkey_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_appeal
    ADD CONSTRAINT users_appeal_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_appeal
    ADD CONSTRAINT users_appeal_warning_id_key UNIQUE (warning_id);
ALTER TABLE ONLY public.users_auditentry
    ADD CONSTRAINT users_auditentry_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_backfill
    ADD CONSTRAINT users_backfill_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.users_block
    ADD CONSTRAINT users_block_pair UNIQUE (source_id, target_id);
ALTER TABLE ONLY public.users_block
    ADD CONSTRAINT users_block_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_blocklist
    ADD CONSTRAINT users_blocklist_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_blocklistrow
    ADD CONSTRAINT users_blocklistrow_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_canonicalemailblock
    ADD CONSTRAINT users_canonicalemailblock_hash UNIQUE NULLS NOT DISTINCT (email_hash, domain_id);
ALTER TABLE ONLY public.users_canonicalemailblock
    ADD CONSTRAINT users_canonicalemailblock_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_circlemember
    ADD CONSTRAINT users_circle_member_pair UNIQUE (circle_id, identity_id);
ALTER TABLE ONLY public.users_circle
    ADD CONSTRAINT users_circle_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_circlemember
    ADD CONSTRAINT users_circlemember_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_itemcheck
    ADD CONSTRAINT users_collection_check_once UNIQUE (collection_id, uri);
ALTER TABLE ONLY public.users_collectionitem
    ADD CONSTRAINT users_collection_item_pair UNIQUE (collection_id, identity_id);
ALTER TABLE ONLY public.users_collection
    ADD CONSTRAINT users_collection_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_collection
    ADD CONSTRAINT users_collection_uri_key UNIQUE (uri);
ALTER TABLE ONLY public.users_collectionitem
    ADD CONSTRAINT users_collectionitem_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_dismissedsuggestion
    ADD CONSTRAINT users_dismissed_suggestion_pair UNIQUE (identity_id, target_id);
ALTER TABLE ONLY public.users_dismissedsuggestion
    ADD CONSTRAINT users_dismissedsuggestion_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_domainaccess
    ADD CONSTRAINT users_domain_access_pair UNIQUE (user_id, domain_id);
ALTER TABLE ONLY public.users_domain
    ADD CONSTRAINT users_domain_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_domaintext
    ADD CONSTRAINT users_domain_text_version UNIQUE (domain_id, kind, effective_on);
ALTER TABLE ONLY public.users_domainaccess
    ADD CONSTRAINT users_domainaccess_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_domainfigures
    ADD CONSTRAINT users_domainfigures_pkey PRIMARY KEY (domain_id);
ALTER TABLE ONLY public.users_domainstyle
    ADD CONSTRAINT users_domainstyle_pkey PRIMARY KEY (domain_id);
ALTER TABLE ONLY public.users_domaintext
    ADD CONSTRAINT users_domaintext_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_emaildomainblock
    ADD CONSTRAINT users_emaildomainblock_name UNIQUE NULLS NOT DISTINCT (name, domain_id);
ALTER TABLE ONLY public.users_emaildomainblock
    ADD CONSTRAINT users_emaildomainblock_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_emoji
    ADD CONSTRAINT users_emoji_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_emojipack
    ADD CONSTRAINT users_emojipack_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_emojiremoval
    ADD CONSTRAINT users_emojiremoval_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_endorsement
    ADD CONSTRAINT users_endorsement_pair UNIQUE (source_id, target_id);
ALTER TABLE ONLY public.users_endorsement
    ADD CONSTRAINT users_endorsement_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_externallogin
    ADD CONSTRAINT users_external_login_of_user UNIQUE (user_id, provider_id);
ALTER TABLE ONLY public.users_externallogin
    ADD CONSTRAINT users_external_login_subject UNIQUE (provider_id, subject);
ALTER TABLE ONLY public.users_externallogin
    ADD CONSTRAINT users_externallogin_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_follow
    ADD CONSTRAINT users_follow_pair UNIQUE (source_id, target_id);
ALTER TABLE ONLY public.users_follow
    ADD CONSTRAINT users_follow_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_followimport
    ADD CONSTRAINT users_followimport_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_hostblock
    ADD CONSTRAINT users_host_block_pair UNIQUE (identity_id, host);
ALTER TABLE ONLY public.users_hostblock
    ADD CONSTRAINT users_hostblock_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_identityaccess
    ADD CONSTRAINT users_identity_access_pair UNIQUE (user_id, identity_id);
ALTER TABLE ONLY public.users_identity
    ADD CONSTRAINT users_identity_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_identity
    ADD CONSTRAINT users_identity_uri_key UNIQUE (uri);
ALTER TABLE ONLY public.users_identityaccess
    ADD CONSTRAINT users_identityaccess_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_invitation
    ADD CONSTRAINT users_invitation_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_ipblock
    ADD CONSTRAINT users_ipblock_network UNIQUE NULLS NOT DISTINCT (network, domain_id);
ALTER TABLE ONLY public.users_ipblock
    ADD CONSTRAINT users_ipblock_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_itemcheck
    ADD CONSTRAINT users_itemcheck_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_knownnetwork
    ADD CONSTRAINT users_knownnetwork_pkey PRIMARY KEY (mark);
ALTER TABLE ONLY public.users_leftcircle
    ADD CONSTRAINT users_leftcircle_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_listedserver
    ADD CONSTRAINT users_listedserver_pkey PRIMARY KEY (host);
ALTER TABLE ONLY public.users_mail
    ADD CONSTRAINT users_mail_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_movefollower
    ADD CONSTRAINT users_move_follower_pair UNIQUE (move_id, follower_id);
ALTER TABLE ONLY public.users_move
    ADD CONSTRAINT users_move_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_movefollower
    ADD CONSTRAINT users_movefollower_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_mute
    ADD CONSTRAINT users_mute_pair UNIQUE (source_id, target_id);
ALTER TABLE ONLY public.users_mute
    ADD CONSTRAINT users_mute_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_option
    ADD CONSTRAINT users_option_name UNIQUE (level, owner, name);
ALTER TABLE ONLY public.users_option
    ADD CONSTRAINT users_option_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_packedemoji
    ADD CONSTRAINT users_packedemoji_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_passkey
    ADD CONSTRAINT users_passkey_credential_id_key UNIQUE (credential_id);
ALTER TABLE ONLY public.users_passkey
    ADD CONSTRAINT users_passkey_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_profilelink
    ADD CONSTRAINT users_profile_link_once UNIQUE (identity_id, url);
ALTER TABLE ONLY public.users_profilelink
    ADD CONSTRAINT users_profilelink_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_recoverycode
    ADD CONSTRAINT users_recoverycode_of_user UNIQUE (user_id, code_hash);
ALTER TABLE ONLY public.users_recoverycode
    ADD CONSTRAINT users_recoverycode_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_report
    ADD CONSTRAINT users_report_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_role
    ADD CONSTRAINT users_role_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_rolegrant
    ADD CONSTRAINT users_rolegrant_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_rolegrant
    ADD CONSTRAINT users_rolegrant_place UNIQUE NULLS NOT DISTINCT (user_id, domain_id);
ALTER TABLE ONLY public.users_rule
    ADD CONSTRAINT users_rule_number UNIQUE (domain_id, number);
ALTER TABLE ONLY public.users_rule
    ADD CONSTRAINT users_rule_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_searchname
    ADD CONSTRAINT users_searchname_pkey PRIMARY KEY (identity_id);
ALTER TABLE ONLY public.users_serverfigures
    ADD CONSTRAINT users_serverfigures_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_session
    ADD CONSTRAINT users_session_key_hash_key UNIQUE (key_hash);
ALTER TABLE ONLY public.users_session
    ADD CONSTRAINT users_session_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_severance
    ADD CONSTRAINT users_severance_pair UNIQUE (event_id, identity_id);
ALTER TABLE ONLY public.users_severance
    ADD CONSTRAINT users_severance_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_severanceevent
    ADD CONSTRAINT users_severanceevent_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_severedfollow
    ADD CONSTRAINT users_severed_follow_once UNIQUE (event_id, identity_id, is_following, other_id);
ALTER TABLE ONLY public.users_severedfollow
    ADD CONSTRAINT users_severedfollow_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_sharinginvitation
    ADD CONSTRAINT users_sharing_label UNIQUE (identity_id, label);
ALTER TABLE ONLY public.users_sharinginvitation
    ADD CONSTRAINT users_sharinginvitation_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_signinprovider
    ADD CONSTRAINT users_sign_in_provider_issuer UNIQUE (domain_id, issuer);
ALTER TABLE ONLY public.users_signinprovider
    ADD CONSTRAINT users_signinprovider_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_signup
    ADD CONSTRAINT users_signup_pkey PRIMARY KEY (user_id);
ALTER TABLE ONLY public.users_staffnote
    ADD CONSTRAINT users_staffnote_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_subscribedserver
    ADD CONSTRAINT users_subscribed_server_once UNIQUE (subscription_id, host);
ALTER TABLE ONLY public.users_subscribedserver
    ADD CONSTRAINT users_subscribedserver_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_subscription
    ADD CONSTRAINT users_subscription_address_key UNIQUE (address);
ALTER TABLE ONLY public.users_subscription
    ADD CONSTRAINT users_subscription_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_totp
    ADD CONSTRAINT users_totp_pkey PRIMARY KEY (user_id);
ALTER TABLE ONLY public.users_trouble
    ADD CONSTRAINT users_trouble_pkey PRIMARY KEY (kind);
ALTER TABLE ONLY public.users_undone
    ADD CONSTRAINT users_undone_pkey PRIMARY KEY (uri);
ALTER TABLE ONLY public.users_user
    ADD CONSTRAINT users_user_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users_warningpreset
    ADD CONSTRAINT users_warningpreset_pkey PRIMARY KEY (id);
CREATE INDEX activi_approval_due ON public.activities_approval USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX activi_approval_failed ON public.activities_approval USING btree (state_changed_at) WHERE (state = 'failed'::text);
CREATE INDEX activi_broadcast_due ON public.activities_broadcast USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX activi_broadcast_failed ON public.activities_broadcast USING btree (state_changed_at) WHERE (state = 'failed'::text);
CREATE INDEX activi_filematch_due ON public.activities_filematch USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX activi_filematch_failed ON public.activities_filematch USING btree (state_changed_at) WHERE (state = 'failed'::text);
CREATE INDEX activi_mediacheck_due ON public.activities_mediacheck USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX activi_mediacheck_failed ON public.activities_mediacheck USING btree (state_changed_at) WHERE (state = 'failed'::text);
CREATE INDEX activi_oldposts_due ON public.activities_oldposts USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX activi_poll_due ON public.activities_poll USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX activi_post_due ON public.activities_post USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX activi_post_failed ON public.activities_post USING btree (state_changed_at) WHERE (state = 'failed'::text);
CREATE INDEX activi_postexpiry_due ON public.activities_postexpiry USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX activi_postexpiry_failed ON public.activities_postexpiry USING btree (state_changed_at) WHERE (state = 'failed'::text);
CREATE INDEX activi_postwithdrawal_due ON public.activities_postwithdrawal USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX activi_postwithdrawal_failed ON public.activities_postwithdrawal USING btree (state_changed_at) WHERE (state = 'failed'::text);
CREATE INDEX activi_previewcard_due ON public.activities_previewcard USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX activi_previewcard_failed ON public.activities_previewcard USING btree (state_changed_at) WHERE (state = 'failed'::text);
CREATE INDEX activi_profilelook_due ON public.activities_profilelook USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX activi_profilelook_failed ON public.activities_profilelook USING btree (state_changed_at) WHERE (state = 'failed'::text);
CREATE INDEX activi_quotecheck_due ON public.activities_quotecheck USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX activi_quotecheck_failed ON public.activities_quotecheck USING btree (state_changed_at) WHERE (state = 'failed'::text);
CREATE INDEX activi_ruletrial_due ON public.activities_ruletrial USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX activi_ruletrial_failed ON public.activities_ruletrial USING btree (state_changed_at) WHERE (state = 'failed'::text);
CREATE INDEX activi_scheduledpost_due ON public.activities_scheduledpost USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX activi_scheduledpost_failed ON public.activities_scheduledpost USING btree (state_changed_at) WHERE (state = 'failed'::text);
CREATE INDEX activi_spread_due ON public.activities_spread USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX activi_spread_failed ON public.activities_spread USING btree (state_changed_at) WHERE (state = 'failed'::text);
CREATE INDEX activi_threadwalk_due ON public.activities_threadwalk USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX activi_threadwalk_failed ON public.activities_threadwalk USING btree (state_changed_at) WHERE (state = 'failed'::text);
CREATE INDEX activi_totalscheck_due ON public.activities_totalscheck USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX activi_totalscheck_failed ON public.activities_totalscheck USING btree (state_changed_at) WHERE (state = 'failed'::text);
CREATE INDEX activi_upload_due ON public.activities_upload USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX activi_upload_failed ON public.activities_upload USING btree (state_changed_at) WHERE (state = 'failed'::text);
CREATE INDEX activities_alert_due ON public.activities_alert USING btree (due_at);
CREATE INDEX activities_alert_identity_id_b84e19e8 ON public.activities_alert USING btree (identity_id);
CREATE INDEX activities_alert_user_id_55b69502 ON public.activities_alert USING btree (user_id);
CREATE INDEX activities_announcement_domain_id_df2b99d5 ON public.activities_announcement USING btree (domain_id);
CREATE INDEX activities_announcementreaction_identity_id_f76a8450 ON public.activities_announcementreaction USING btree (identity_id);
CREATE INDEX activities_announcementread_identity_id_ef1c74fe ON public.activities_announcementread USING btree (identity_id);
CREATE INDEX activities_approval_author ON public.activities_approval USING btree (author_id, id DESC);
CREATE INDEX activities_approval_due ON public.activities_approval USING btree (state, host, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX activities_approval_identity_id_5a71feec ON public.activities_approval USING btree (identity_id);
CREATE UNIQUE INDEX activities_approval_once ON public.activities_approval USING btree (target_id, identity_id, kind) WHERE ((kind)::text = ANY ((ARRAY['like'::character varying, 'boost'::character varying])::text[]));
CREATE INDEX activities_approval_post ON public.activities_approval USING btree (post_id);
CREATE INDEX activities_approval_target ON public.activities_approval USING btree (target_id, id DESC);
CREATE INDEX activities_approval_uri ON public.activities_approval USING btree (approval_uri) WHERE (NOT ((approval_uri)::text = ''::text));
CREATE INDEX activities_approval_uri_41abe3af_like ON public.activities_approval USING btree (uri varchar_pattern_ops);
CREATE INDEX activities_attachment_author ON public.activities_attachment USING btree (author_id, post_id DESC);
CREATE INDEX activities_attachment_domain ON public.activities_attachment USING btree (domain_id, post_id DESC) WHERE (post_id IS NOT NULL);
CREATE INDEX activities_attachment_file ON public.activities_attachment USING btree (file) WHERE (NOT ((file)::text = ''::text));
CREATE INDEX activities_attachment_post ON public.activities_attachment USING btree (post_id, "position");
CREATE INDEX activities_attachment_prev ON public.activities_attachment USING btree (preview_file) WHERE (NOT ((preview_file)::text = ''::text));
CREATE INDEX activities_attachment_unused ON public.activities_attachment USING btree (created_at) WHERE (post_id IS NULL);
CREATE INDEX activities_attachment_url ON public.activities_attachment USING hash (url) WHERE (((file)::text = ''::text) AND (post_id IS NOT NULL));
CREATE UNIQUE INDEX activities_bookmark_folder_name ON public.activities_bookmarkfolder USING btree (identity_id, lower((name)::text));
CREATE INDEX activities_bookmark_identity ON public.activities_bookmark USING btree (identity_id, id DESC);
CREATE INDEX activities_bookmark_in_folder ON public.activities_bookmark USING btree (folder_id, id DESC) WHERE (folder_id IS NOT NULL);
CREATE INDEX activities_broadcast_signer ON public.activities_broadcast USING btree (signer, id) WHERE (state = 'telling'::text);
CREATE INDEX activities_captions_name_3fb39418_like ON public.activities_captions USING btree (name varchar_pattern_ops);
CREATE INDEX activities_card_host_due ON public.activities_previewcard USING btree (state, host, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX activities_conversation_last ON public.activities_conversation USING btree (last_post_id);
CREATE INDEX activities_conversation_newest ON public.activities_conversation USING btree (identity_id, last_post_id DESC);
CREATE INDEX activities_daily_use_day ON public.activities_dailyuse USING btree (kind, day);
CREATE INDEX activities_digest_due ON public.activities_digest USING btree (due_at);
CREATE INDEX activities_digest_identity_id_9fa5f708 ON public.activities_digest USING btree (identity_id);
CREATE INDEX activities_digest_user_id_bc95366c ON public.activities_digest USING btree (user_id);
CREATE INDEX activities_draft_author ON public.activities_saveddraft USING btree (author_id, id DESC);
CREATE INDEX activities_draft_saved ON public.activities_saveddraft USING btree (saved_at);
CREATE INDEX activities_featuredtag_hashtag_id_1cb2bead ON public.activities_featuredtag USING btree (hashtag_id);
CREATE INDEX activities_filter_identity_id_d7dfe998 ON public.activities_filter USING btree (identity_id);
CREATE INDEX activities_filterkeyword_filter_id_25c0956b ON public.activities_filterkeyword USING btree (filter_id);
CREATE INDEX activities_filterstatus_post_id_2c812994 ON public.activities_filterstatus USING btree (post_id);
CREATE INDEX activities_followed_tag_owner ON public.activities_followedtag USING btree (identity_id, id DESC);
CREATE INDEX activities_followedtag_hashtag_id_e3229a2c ON public.activities_followedtag USING btree (hashtag_id);
CREATE INDEX activities_groupmoderation_group_id_c5576f7d ON public.activities_groupmoderation USING btree (group_id);
CREATE INDEX activities_hashtag_name_2729477f_like ON public.activities_hashtag USING btree (name varchar_pattern_ops);
CREATE INDEX activities_homeentry_post_id_e15fd5ca ON public.activities_homeentry USING btree (post_id);
CREATE INDEX activities_idempotency_age ON public.activities_idempotencykey USING btree (created_at);
CREATE INDEX activities_like_identity ON public.activities_like USING btree (identity_id, id DESC);
CREATE INDEX activities_listmember_identity_id_5f640257 ON public.activities_listmember USING btree (identity_id);
CREATE INDEX activities_look_host_due ON public.activities_profilelook USING btree (state, host, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX activities_media_check_due ON public.activities_mediacheck USING btree (state, host, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX activities_mention_identity ON public.activities_mention USING btree (identity_id, post_id DESC);
CREATE INDEX activities_notification_actor_id_9c8a48cc ON public.activities_notification USING btree (actor_id);
CREATE INDEX activities_notification_post_id_7a61df9a ON public.activities_notification USING btree (post_id);
CREATE INDEX activities_notificationpermission_actor_id_da5fbe62 ON public.activities_notificationpermission USING btree (actor_id);
CREATE INDEX activities_peoplelist_identity_id_56f8921b ON public.activities_peoplelist USING btree (identity_id);
CREATE INDEX activities_pin_identity ON public.activities_pin USING btree (identity_id, id DESC);
CREATE INDEX activities_pollvote_identity_id_740ac627 ON public.activities_pollvote USING btree (identity_id);
CREATE INDEX activities_post_author ON public.activities_post USING btree (author_id, id DESC);
CREATE INDEX activities_post_author_shown ON public.activities_post USING btree (author_id, id DESC) WHERE (NOT (visibility = 3));
CREATE UNIQUE INDEX activities_post_boost ON public.activities_post USING btree (boost_of_id, author_id) WHERE ((boost_of_id IS NOT NULL) AND (deleted_at IS NULL));
CREATE INDEX activities_post_boosts ON public.activities_post USING btree (boost_of_id, id DESC) WHERE (boost_of_id IS NOT NULL);
CREATE INDEX activities_post_card ON public.activities_post USING btree (card_id, id DESC) WHERE (card_id IS NOT NULL);
CREATE INDEX activities_post_of_domain ON public.activities_post USING btree (domain_id, id DESC) WHERE ((boost_of_id IS NULL) AND (deleted_at IS NULL) AND is_local AND (visibility = ANY (ARRAY[0, 4])));
CREATE INDEX activities_post_orphans ON public.activities_post USING btree (in_reply_to_uri) WHERE (NOT ((in_reply_to_uri)::text = ''::text));
CREATE INDEX activities_post_own_emojis ON public.activities_post USING btree (id) WHERE (is_local AND (NOT (emojis = '[]'::jsonb)));
CREATE INDEX activities_post_page ON public.activities_post USING btree (url) WHERE ((boost_of_id IS NULL) AND is_local);
CREATE INDEX activities_post_public ON public.activities_post USING btree (id DESC) WHERE ((boost_of_id IS NULL) AND (deleted_at IS NULL) AND (visibility = 0));
CREATE INDEX activities_post_quotes ON public.activities_post USING btree (quote_of_id, id DESC) WHERE (quote_of_id IS NOT NULL);
CREATE INDEX activities_post_replies ON public.activities_post USING btree (in_reply_to_id, id) WHERE (in_reply_to_id IS NOT NULL);
CREATE INDEX activities_post_tag_domain ON public.activities_posttag USING btree (hashtag_id, domain_id, post_id DESC) WHERE (domain_id IS NOT NULL);
CREATE INDEX activities_post_tag_hashtag ON public.activities_posttag USING btree (hashtag_id, post_id DESC);
CREATE INDEX activities_post_tag_media ON public.activities_posttag USING btree (hashtag_id, post_id DESC) WHERE has_media;
CREATE INDEX activities_post_thread ON public.activities_post USING btree (conversation_id, id);
CREATE INDEX activities_post_uri_98bfae7f_like ON public.activities_post USING btree (uri varchar_pattern_ops);
CREATE INDEX activities_post_words ON public.activities_post USING gin (words);
CREATE INDEX activities_postwriter_user_id_5a6239b3 ON public.activities_postwriter USING btree (user_id);
CREATE INDEX activities_previewcard_url_cbc6e58e_like ON public.activities_previewcard USING btree (url varchar_pattern_ops);
CREATE INDEX activities_progress_name_f82e3208_like ON public.activities_progress USING btree (name varchar_pattern_ops);
CREATE INDEX activities_publisher_host_33267a7e_like ON public.activities_publisher USING btree (host varchar_pattern_ops);
CREATE INDEX activities_quote_check_due ON public.activities_quotecheck USING btree (state, host, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX activities_reaction_identity ON public.activities_reaction USING btree (identity_id, id DESC);
CREATE INDEX activities_revision_emojis ON public.activities_revision USING btree (id) WHERE (NOT (emojis = '[]'::jsonb));
CREATE INDEX activities_revision_post ON public.activities_revision USING btree (post_id, id);
CREATE INDEX activities_scheduled_author ON public.activities_scheduledpost USING btree (author_id, id DESC);
CREATE INDEX activities_sheltered_queue ON public.activities_shelteredpost USING btree (held_at, post_id);
CREATE INDEX activities_sheltered_site ON public.activities_shelteredpost USING btree (site) WHERE (rule_id IS NULL);
CREATE INDEX activities_threadwalk_post_id_4a70521a ON public.activities_threadwalk USING btree (post_id);
CREATE INDEX activities_totals_host_due ON public.activities_totalscheck USING btree (state, host, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX activities_walk_host_due ON public.activities_threadwalk USING btree (state, host, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX api_app_client_id_2e905c7b_like ON public.api_app USING btree (client_id varchar_pattern_ops);
CREATE INDEX api_authorizationcode_app_id_9b37112f ON public.api_authorizationcode USING btree (app_id);
CREATE INDEX api_authorizationcode_code_hash_9bec62d8_like ON public.api_authorizationcode USING btree (code_hash varchar_pattern_ops);
CREATE INDEX api_authorizationcode_expires_at_58f3a491 ON public.api_authorizationcode USING btree (expires_at);
CREATE INDEX api_authorizationcode_identity_id_cbb1a50d ON public.api_authorizationcode USING btree (identity_id);
CREATE INDEX api_authorizationcode_token_id_ad8ac334 ON public.api_authorizationcode USING btree (token_id);
CREATE INDEX api_authorizationcode_user_id_d423a39c ON public.api_authorizationcode USING btree (user_id);
CREATE INDEX api_idempotencykey_created_at_bf12046a ON public.api_idempotencykey USING btree (created_at);
CREATE INDEX api_push_delivery_fair ON public.api_pushdelivery USING btree (state, host, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE UNIQUE INDEX api_push_of_session ON public.api_pushsubscription USING btree (session_id, identity_id);
CREATE INDEX api_pushdelivery_due ON public.api_pushdelivery USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX api_pushdelivery_failed ON public.api_pushdelivery USING btree (state_changed_at) WHERE (state = 'failed'::text);
CREATE INDEX api_pushsubscription_identity_id_b6a954b5 ON public.api_pushsubscription USING btree (identity_id);
CREATE INDEX api_token_app_id_ecf4763d ON public.api_token USING btree (app_id);
CREATE INDEX api_token_identity_id_25b31586 ON public.api_token USING btree (identity_id);
CREATE INDEX api_token_token_hash_095d23d2_like ON public.api_token USING btree (token_hash varchar_pattern_ops);
CREATE INDEX api_token_user_id_b646d2e7 ON public.api_token USING btree (user_id);
CREATE INDEX core_tries_ends_at ON public.core_tries USING btree (ends_at);
CREATE INDEX core_tries_key_22ebfe19_like ON public.core_tries USING btree (key text_pattern_ops);
CREATE INDEX core_uses_ends_at ON public.core_uses USING btree (ends_at);
CREATE INDEX core_uses_key_f8a99a73_like ON public.core_uses USING btree (key text_pattern_ops);
CREATE INDEX federa_inboxmessage_due ON public.federation_inboxmessage USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX federa_inboxmessage_failed ON public.federation_inboxmessage USING btree (state_changed_at) WHERE (state = 'failed'::text);
CREATE INDEX federa_peer_due ON public.federation_peer USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX federation_delivery_activity_id_acf14d06 ON public.federation_delivery USING btree (activity_id);
CREATE INDEX federation_delivery_ended ON public.federation_delivery USING btree (ended_at) WHERE (ended_at IS NOT NULL);
CREATE INDEX federation_delivery_host ON public.federation_delivery USING btree (host, retry_at, id) WHERE (status = 0);
CREATE INDEX federation_domain_policy_hides ON public.federation_domainpolicy USING btree (domain_id, host) WHERE ((policy)::text = 'blocked'::text);
CREATE INDEX federation_domain_policy_quiet ON public.federation_domainpolicy USING btree (domain_id, host) WHERE (((policy)::text = 'limited'::text) OR force_unlisted);
CREATE INDEX federation_inbox_fair ON public.federation_inboxmessage USING btree (state, host, state_due_at) WHERE (state = ANY (ARRAY['unverified'::text, 'fetching'::text]));
CREATE INDEX federation_inbox_order ON public.federation_inboxmessage USING btree (actor, id) WHERE ((state = ANY (ARRAY['unverified'::text, 'received'::text, 'fetching'::text])) AND (tries = 0) AND ((state_error IS NULL) OR (state_error = 'waits for an earlier message of the same actor'::text)));
CREATE INDEX federation_inbox_unverified ON public.federation_inboxmessage USING btree (host, address, size) WHERE (state = 'unverified'::text);
CREATE INDEX federation_outgoing_activity ON public.federation_outgoingactivity USING btree (activity_uri);
CREATE INDEX federation_outgoing_object ON public.federation_outgoingactivity USING btree (object_uri);
CREATE INDEX federation_peer_failing ON public.federation_peer USING btree (host) WHERE (failing_since IS NOT NULL);
CREATE INDEX federation_peer_fair ON public.federation_peer USING btree (state, site, state_due_at) WHERE (state = ANY (ARRAY['trying'::text, 'probing'::text]));
CREATE INDEX federation_peer_handled ON public.federation_peer USING btree (host) WHERE (handling > 0);
CREATE INDEX federation_peer_host_5177efed_like ON public.federation_peer USING btree (host varchar_pattern_ops);
CREATE INDEX federation_peer_no_reports ON public.federation_peer USING btree (host) WHERE reject_reports;
CREATE INDEX federation_peer_policies ON public.federation_peer USING btree (policy, host) WHERE (NOT ((policy)::text = 'open'::text));
CREATE INDEX federation_peer_ruled ON public.federation_peer USING btree (host) WHERE (NOT ((policy)::text = 'open'::text));
CREATE INDEX federation_peer_without_media ON public.federation_peer USING btree (host) WHERE reject_media;
CREATE INDEX federation_refusal_last ON public.federation_refusal USING btree (last_at DESC);
CREATE INDEX federation_relay_address_64633b1c_like ON public.federation_relay USING btree (address varchar_pattern_ops);
CREATE INDEX federation_relay_follow_uri_64c34531_like ON public.federation_relay USING btree (follow_uri varchar_pattern_ops);
CREATE INDEX federation_relay_inbox_url_901bc025_like ON public.federation_relay USING btree (inbox_url varchar_pattern_ops);
CREATE INDEX federation_remotefile_absent ON public.federation_remotefile USING btree (viewed_at) WHERE ((file)::text = ''::text);
CREATE INDEX federation_remotefile_file ON public.federation_remotefile USING btree (file) WHERE (NOT ((file)::text = ''::text));
CREATE INDEX federation_remotefile_host ON public.federation_remotefile USING btree (host, viewed_at) WHERE (NOT ((file)::text = ''::text));
CREATE INDEX federation_remotefile_leased ON public.federation_remotefile USING btree (leased_until) WHERE (leased_until IS NOT NULL);
CREATE INDEX federation_remotefile_source ON public.federation_remotefile USING btree (split_part(url, '/'::text, 3)) WHERE (NOT ((file)::text = ''::text));
CREATE INDEX federation_remotefile_viewed ON public.federation_remotefile USING btree (viewed_at) WHERE (NOT ((file)::text = ''::text));
CREATE INDEX federation_remotekey_key_id_a49b2f58_like ON public.federation_remotekey USING btree (key_id varchar_pattern_ops);
CREATE INDEX federation_remotekey_owner_7cc26bed ON public.federation_remotekey USING btree (owner);
CREATE INDEX federation_remotekey_owner_7cc26bed_like ON public.federation_remotekey USING btree (owner varchar_pattern_ops);
CREATE INDEX notification_collection ON public.activities_notification USING btree (collection_id) WHERE (collection_id IS NOT NULL);
CREATE INDEX notification_filtered ON public.activities_notification USING btree (identity_id, actor_id) WHERE is_filtered;
CREATE INDEX notification_identity ON public.activities_notification USING btree (identity_id, id DESC);
CREATE INDEX notification_report ON public.activities_notification USING btree (report_id) WHERE (report_id IS NOT NULL);
CREATE INDEX notification_severance ON public.activities_notification USING btree (severance_id) WHERE (severance_id IS NOT NULL);
CREATE INDEX notification_warning ON public.activities_notification USING btree (warning_id) WHERE (warning_id IS NOT NULL);
CREATE INDEX stator_heartbeat_worker_2e689c63_like ON public.stator_heartbeat USING btree (worker text_pattern_ops);
CREATE INDEX stator_job_name_9db4caf3_like ON public.stator_job USING btree (name text_pattern_ops);
CREATE INDEX users_accountnote_target_id_42bcb572 ON public.users_accountnote USING btree (target_id);
CREATE INDEX users_accountwarning_user_id_8da7b6b4 ON public.users_accountwarning USING btree (user_id);
CREATE INDEX users_actor_key_expires ON public.users_actorkey USING btree (expires_at) WHERE (expires_at IS NOT NULL);
CREATE INDEX users_appeal_waiting ON public.users_appeal USING btree (id) WHERE (decided_at IS NULL);
CREATE INDEX users_audit_about ON public.users_auditentry USING btree (lower((target_name)::text), id);
CREATE INDEX users_audit_by ON public.users_auditentry USING btree (lower((actor_name)::text), id);
CREATE INDEX users_audit_of_act ON public.users_auditentry USING btree (act, id);
CREATE INDEX users_audit_of_domain ON public.users_auditentry USING btree (domain_id, id);
CREATE INDEX users_audit_refused ON public.users_auditentry USING btree (id) WHERE (NOT ((refusal)::text = ''::text));
CREATE INDEX users_backfill_name_e15d7a4b_like ON public.users_backfill USING btree (name varchar_pattern_ops);
CREATE INDEX users_block_source ON public.users_block USING btree (source_id, id DESC);
CREATE INDEX users_block_target_id_f169e790 ON public.users_block USING btree (target_id);
CREATE INDEX users_blocklist_due ON public.users_blocklist USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX users_blocklist_effect ON public.users_blocklistrow USING btree (blocklist_id, effect, place);
CREATE INDEX users_blocklist_failed ON public.users_blocklist USING btree (state_changed_at) WHERE (state = 'failed'::text);
CREATE INDEX users_blocklist_host ON public.users_blocklistrow USING btree (blocklist_id, host);
CREATE INDEX users_blocklist_place ON public.users_blocklistrow USING btree (blocklist_id, place);
CREATE INDEX users_canonicalemailblock_domain_id_ff1e7d1b ON public.users_canonicalemailblock USING btree (domain_id);
CREATE INDEX users_circle_identity_id_cfe8c8ba ON public.users_circle USING btree (identity_id);
CREATE INDEX users_circlemember_identity_id_7a843c5e ON public.users_circlemember USING btree (identity_id);
CREATE INDEX users_collection_check_due ON public.users_itemcheck USING btree (state, host, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX users_collection_item_person ON public.users_collectionitem USING btree (identity_id, id DESC);
CREATE INDEX users_collection_owner ON public.users_collection USING btree (owner_id, id DESC);
CREATE INDEX users_collection_uri_b9ec6994_like ON public.users_collection USING btree (uri varchar_pattern_ops);
CREATE INDEX users_collection_url ON public.users_collection USING btree (url) WHERE (NOT ((url)::text = ''::text));
CREATE INDEX users_collection_words ON public.users_collection USING gin (lower((((name)::text || ' '::text) || (tag)::text)) public.gin_trgm_ops) WHERE is_discoverable;
CREATE INDEX users_dismissedsuggestion_target_id_4caa73b4 ON public.users_dismissedsuggestion USING btree (target_id);
CREATE INDEX users_domain_due ON public.users_domain USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE UNIQUE INDEX users_domain_name ON public.users_domain USING btree (lower((name)::text));
CREATE UNIQUE INDEX users_domain_service_name ON public.users_domain USING btree (lower((service_name)::text));
CREATE INDEX users_domainaccess_domain_id_2d69ea31 ON public.users_domainaccess USING btree (domain_id);
CREATE INDEX users_domainaccess_user_id_e14aaf10 ON public.users_domainaccess USING btree (user_id);
CREATE INDEX users_emaildomainblock_domain_id_ef88570c ON public.users_emaildomainblock USING btree (domain_id);
CREATE INDEX users_emaildomainblock_expires ON public.users_emaildomainblock USING btree (expires_at) WHERE (expires_at IS NOT NULL);
CREATE INDEX users_emoji_domain ON public.users_emoji USING btree (domain_id) WHERE (domain_id IS NOT NULL);
CREATE UNIQUE INDEX users_emoji_own ON public.users_emoji USING btree (shortcode, domain_id) NULLS NOT DISTINCT WHERE ((host)::text = ''::text);
CREATE UNIQUE INDEX users_emoji_remote ON public.users_emoji USING btree (host, shortcode) WHERE (NOT ((host)::text = ''::text));
CREATE INDEX users_emoji_seen ON public.users_emoji USING btree (seen_at) WHERE (NOT ((host)::text = ''::text));
CREATE INDEX users_emojipack_due ON public.users_emojipack USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX users_emojipack_failed ON public.users_emojipack USING btree (state_changed_at) WHERE (state = 'failed'::text);
CREATE INDEX users_emojiremoval_due ON public.users_emojiremoval USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX users_emojiremoval_emoji_id_a2122785 ON public.users_emojiremoval USING btree (emoji_id);
CREATE INDEX users_endorsement_source ON public.users_endorsement USING btree (source_id, id DESC);
CREATE INDEX users_endorsement_target_id_24032b33 ON public.users_endorsement USING btree (target_id);
CREATE INDEX users_follow_asked ON public.users_follow USING btree (target_id, id DESC) WHERE (accepted_at IS NULL);
CREATE UNIQUE INDEX users_follow_import_address ON public.users_followimport USING btree (identity_id, lower((address)::text));
CREATE INDEX users_follow_import_due ON public.users_followimport USING btree (state, identity_id, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX users_follow_source ON public.users_follow USING btree (source_id, id DESC);
CREATE INDEX users_follow_target ON public.users_follow USING btree (target_id, id DESC);
CREATE INDEX users_follow_watching ON public.users_follow USING btree (target_id, id DESC) WHERE notifies;
CREATE INDEX users_followimport_due ON public.users_followimport USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX users_followimport_failed ON public.users_followimport USING btree (state_changed_at) WHERE (state = 'failed'::text);
CREATE INDEX users_host_block_host ON public.users_hostblock USING btree (host);
CREATE INDEX users_host_block_identity ON public.users_hostblock USING btree (identity_id, id DESC);
CREATE INDEX users_hostblock_due ON public.users_hostblock USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX users_identity_covered_with ON public.users_identity USING btree (sensitized_with) WHERE (sensitized_with IS NOT NULL);
CREATE INDEX users_identity_directory ON public.users_identity USING btree (last_post_at DESC NULLS LAST) WHERE ((deleted_at IS NULL) AND is_discoverable AND (restriction = 0));
CREATE INDEX users_identity_domain_id_abab255d ON public.users_identity USING btree (domain_id);
CREATE INDEX users_identity_due ON public.users_identity USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX users_identity_failed ON public.users_identity USING btree (state_changed_at) WHERE (state = 'unreachable'::text);
CREATE UNIQUE INDEX users_identity_handle ON public.users_identity USING btree (lower((username)::text), lower((host)::text));
CREATE INDEX users_identity_host ON public.users_identity USING btree (lower((host)::text) text_pattern_ops);
CREATE INDEX users_identity_inbox ON public.users_identity USING btree (md5(COALESCE(NULLIF((shared_inbox_url)::text, ''::text), (inbox_url)::text))) WHERE ((deleted_at IS NULL) AND (domain_id IS NULL) AND (NOT ((inbox_url)::text = ''::text)));
CREATE INDEX users_identity_leaving ON public.users_identity USING btree (leaves_at) WHERE ((deleted_at IS NULL) AND (leaves_at IS NOT NULL));
CREATE INDEX users_identity_limited_with ON public.users_identity USING btree (limited_with) WHERE (limited_with IS NOT NULL);
CREATE INDEX users_identity_local_name ON public.users_identity USING btree (lower((username)::text) text_pattern_ops) WHERE (domain_id IS NOT NULL);
CREATE INDEX users_identity_of_domain ON public.users_identity USING btree (domain_id, id) WHERE (domain_id IS NOT NULL);
CREATE INDEX users_identity_popular ON public.users_identity USING btree (domain_id, followers_count DESC) WHERE ((deleted_at IS NULL) AND (domain_id IS NOT NULL) AND is_discoverable AND (restriction = 0));
CREATE INDEX users_identity_prefix ON public.users_identity USING btree (lower((username)::text) text_pattern_ops);
CREATE INDEX users_identity_restricted ON public.users_identity USING btree (id) WHERE ((deleted_at IS NULL) AND (restriction > 0));
CREATE INDEX users_identity_sensitized ON public.users_identity USING btree (id) WHERE ((deleted_at IS NULL) AND is_sensitized);
CREATE INDEX users_identity_similar ON public.users_identity USING gin (lower((((username)::text || ' '::text) || (name)::text)) public.gin_trgm_ops) WHERE (deleted_at IS NULL);
CREATE INDEX users_identity_uri_28c9ff2e_like ON public.users_identity USING btree (uri varchar_pattern_ops);
CREATE INDEX users_identityaccess_identity_id_beb0bfd7 ON public.users_identityaccess USING btree (identity_id);
CREATE INDEX users_identityaccess_user_id_1e1d61e6 ON public.users_identityaccess USING btree (user_id);
CREATE INDEX users_invitation_domain_id_b7f04c5f ON public.users_invitation USING btree (domain_id);
CREATE INDEX users_invitation_expires_at_884732f9 ON public.users_invitation USING btree (expires_at);
CREATE INDEX users_invitation_made_by_id_d4458260 ON public.users_invitation USING btree (made_by_id);
CREATE INDEX users_ipblock_domain_id_53316305 ON public.users_ipblock USING btree (domain_id);
CREATE INDEX users_ipblock_expires ON public.users_ipblock USING btree (expires_at) WHERE (expires_at IS NOT NULL);
CREATE INDEX users_itemcheck_due ON public.users_itemcheck USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX users_itemcheck_failed ON public.users_itemcheck USING btree (state_changed_at) WHERE (state = 'failed'::text);
CREATE INDEX users_knownnetwork_last_at_8a0aee03 ON public.users_knownnetwork USING btree (last_at);
CREATE INDEX users_knownnetwork_mark_5a3db2f8_like ON public.users_knownnetwork USING btree (mark varchar_pattern_ops);
CREATE INDEX users_knownnetwork_user_id_b7042a58 ON public.users_knownnetwork USING btree (user_id);
CREATE INDEX users_left_circle_mark ON public.users_leftcircle USING btree (mark);
CREATE INDEX users_left_circle_member ON public.users_leftcircle USING btree (circle_id, member_id);
CREATE INDEX users_listedserver_host_4e3d89fa_like ON public.users_listedserver USING btree (host varchar_pattern_ops);
CREATE INDEX users_mail_due ON public.users_mail USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX users_mail_failed ON public.users_mail USING btree (state_changed_at) WHERE (state = 'refused'::text);
CREATE INDEX users_mail_to_staff ON public.users_mail USING btree (staff_about, recipient) WHERE (NOT (staff_about = ''::text));
CREATE INDEX users_move_created_at_85af9944 ON public.users_move USING btree (created_at);
CREATE INDEX users_move_due ON public.users_move USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX users_move_followers ON public.users_movefollower USING btree (move_id, id DESC);
CREATE INDEX users_move_source ON public.users_move USING btree (source_id, id DESC);
CREATE INDEX users_move_target ON public.users_move USING btree (target_id, id DESC);
CREATE INDEX users_movefollower_follower_id_53df196e ON public.users_movefollower USING btree (follower_id);
CREATE INDEX users_mute_expires ON public.users_mute USING btree (expires_at) WHERE (expires_at IS NOT NULL);
CREATE INDEX users_mute_source ON public.users_mute USING btree (source_id, id DESC);
CREATE INDEX users_mute_target_id_b90265b4 ON public.users_mute USING btree (target_id);
CREATE INDEX users_packedemoji_pack_id_6a555748 ON public.users_packedemoji USING btree (pack_id);
CREATE INDEX users_passkey_user_id_7be3086d ON public.users_passkey USING btree (user_id);
CREATE INDEX users_profile_link_host_due ON public.users_profilelink USING btree (state, host, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX users_profilelink_due ON public.users_profilelink USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX users_profilelink_failed ON public.users_profilelink USING btree (state_changed_at) WHERE (state = 'failed'::text);
CREATE INDEX users_report_of_target ON public.users_report USING btree (target_id, id);
CREATE INDEX users_report_resolved ON public.users_report USING btree (resolved_at) WHERE (resolved_at IS NOT NULL);
CREATE INDEX users_report_source_id_44f22738 ON public.users_report USING btree (source_id);
CREATE INDEX users_report_target_id_bebb4010 ON public.users_report USING btree (target_id);
CREATE INDEX users_report_waiting ON public.users_report USING btree (id) WHERE (resolved_at IS NULL);
CREATE UNIQUE INDEX users_role_name ON public.users_role USING btree (domain_id, lower((name)::text)) NULLS NOT DISTINCT;
CREATE INDEX users_rolegrant_domain_id_bab863ed ON public.users_rolegrant USING btree (domain_id);
CREATE INDEX users_rolegrant_role_id_9465162a ON public.users_rolegrant USING btree (role_id);
CREATE INDEX users_searchname_grams ON public.users_searchname USING gin (grams) WITH (fastupdate=off);
CREATE INDEX users_session_address ON public.users_session USING btree (address);
CREATE INDEX users_session_expires_at_ceacaf30 ON public.users_session USING btree (expires_at);
CREATE INDEX users_session_identity_id_03ab81f9 ON public.users_session USING btree (identity_id);
CREATE INDEX users_session_key_hash_9f379602_like ON public.users_session USING btree (key_hash varchar_pattern_ops);
CREATE INDEX users_session_user_id_6da579eb ON public.users_session USING btree (user_id);
CREATE INDEX users_severance_event_of ON public.users_severanceevent USING btree (identity_id, id DESC) WHERE (identity_id IS NOT NULL);
CREATE INDEX users_severance_identity ON public.users_severance USING btree (identity_id, id DESC);
CREATE INDEX users_severance_to_tell ON public.users_severance USING btree (event_id) WHERE (NOT is_told);
CREATE INDEX users_severanceevent_due ON public.users_severanceevent USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX users_severed_follow_identity ON public.users_severedfollow USING btree (identity_id);
CREATE INDEX users_severedfollow_other_id_7cd3e55e ON public.users_severedfollow USING btree (other_id);
CREATE INDEX users_sharing_address ON public.users_sharinginvitation USING btree (address) WHERE (NOT ((address)::text = ''::text));
CREATE INDEX users_sharinginvitation_expires_at_e6af0d6f ON public.users_sharinginvitation USING btree (expires_at);
CREATE INDEX users_sharinginvitation_invited_by_id_d2e4ebc6 ON public.users_sharinginvitation USING btree (invited_by_id);
CREATE INDEX users_sharinginvitation_user_id_9c566cdf ON public.users_sharinginvitation USING btree (user_id);
CREATE INDEX users_signup_domain_id_a8044421 ON public.users_signup USING btree (domain_id);
CREATE INDEX users_signup_name ON public.users_signup USING btree (lower((username)::text), domain_id);
CREATE INDEX users_staffnote_about ON public.users_staffnote USING btree (identity_id, id);
CREATE INDEX users_subscribed_server_host ON public.users_subscribedserver USING btree (host);
CREATE INDEX users_subscription_address_9db8bf96_like ON public.users_subscription USING btree (address varchar_pattern_ops);
CREATE INDEX users_subscription_due ON public.users_subscription USING btree (state, state_due_at) WHERE (state_due_at IS NOT NULL);
CREATE INDEX users_trouble_kind_70e92e98_like ON public.users_trouble USING btree (kind text_pattern_ops);
CREATE INDEX users_undone_created_at_7f2d80c7 ON public.users_undone USING btree (created_at);
CREATE INDEX users_undone_uri_1bf839bc_like ON public.users_undone USING btree (uri varchar_pattern_ops);
CREATE INDEX users_user_address ON public.users_user USING btree (lower((email)::text));
CREATE INDEX users_user_asks ON public.users_user USING btree (created_at) WHERE ((approved_at IS NULL) AND (confirmed_at IS NOT NULL));
CREATE UNIQUE INDEX users_user_confirmed_email ON public.users_user USING btree (lower((email)::text)) WHERE (confirmed_at IS NOT NULL);
CREATE INDEX users_user_disabled ON public.users_user USING btree (id) WHERE is_disabled;
CREATE INDEX users_user_invited_by ON public.users_user USING btree (invited_by) WHERE (invited_by IS NOT NULL);
CREATE INDEX users_user_last_seen ON public.users_user USING btree (last_seen_at);
CREATE INDEX users_user_leaving ON public.users_user USING btree (leaves_at) WHERE (leaves_at IS NOT NULL);
CREATE INDEX users_user_of_staff ON public.users_user USING btree (id) WHERE is_staff;
CREATE INDEX users_user_waiting ON public.users_user USING btree (created_at) WHERE (approved_at IS NULL);
CREATE INDEX users_warning_of ON public.users_accountwarning USING btree (identity_id, id);
CREATE INDEX users_warningpreset_domain_id_f449e83b ON public.users_warningpreset USING btree (domain_id);
CREATE TRIGGER activities_attachment_came AFTER INSERT OR UPDATE OF post_id ON public.activities_attachment FOR EACH ROW WHEN ((new.post_id IS NOT NULL)) EXECUTE FUNCTION public.activities_media_came();
CREATE TRIGGER activities_attachment_deleted AFTER DELETE ON public.activities_attachment FOR EACH ROW WHEN ((((old.file)::text <> ''::text) OR ((old.preview_file)::text <> ''::text) OR ((old.url)::text = ''::text))) EXECUTE FUNCTION public.activities_discard_files();
CREATE TRIGGER activities_attachment_domain BEFORE INSERT OR UPDATE OF post_id ON public.activities_attachment FOR EACH ROW EXECUTE FUNCTION public.activities_attachment_set_domain();
CREATE TRIGGER activities_attachment_replaced AFTER UPDATE OF file, preview_file ON public.activities_attachment FOR EACH ROW WHEN ((((old.file)::text <> (new.file)::text) OR ((old.preview_file)::text <> (new.preview_file)::text))) EXECUTE FUNCTION public.activities_discard_files();
CREATE TRIGGER activities_attachment_went AFTER DELETE OR UPDATE OF post_id ON public.activities_attachment FOR EACH ROW WHEN ((old.post_id IS NOT NULL)) EXECUTE FUNCTION public.activities_media_went();
CREATE TRIGGER activities_post_domain BEFORE INSERT ON public.activities_post FOR EACH ROW WHEN ((new.is_local AND (new.domain_id IS NULL))) EXECUTE FUNCTION public.activities_post_set_domain();
CREATE TRIGGER activities_post_words BEFORE INSERT OR UPDATE OF content_warning, title, content ON public.activities_post FOR EACH ROW WHEN ((new.boost_of_id IS NULL)) EXECUTE FUNCTION public.activities_post_set_words();
CREATE TRIGGER activities_posttag_domain BEFORE INSERT OR UPDATE OF post_id ON public.activities_posttag FOR EACH ROW EXECUTE FUNCTION public.activities_posttag_set_domain();
CREATE TRIGGER activities_posttag_media BEFORE INSERT ON public.activities_posttag FOR EACH ROW EXECUTE FUNCTION public.activities_posttag_set_media();
CREATE TRIGGER activities_postwriter_deleted AFTER DELETE ON public.activities_postwriter REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION public.activities_postwriter_forget_app();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.activities_approval REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.activities_broadcast REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.activities_filematch REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.activities_mediacheck REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.activities_oldposts REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.activities_poll REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.activities_post REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.activities_postexpiry REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.activities_postwithdrawal REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.activities_previewcard REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.activities_profilelook REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.activities_quotecheck REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.activities_ruletrial REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.activities_scheduledpost REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.activities_spread REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.activities_threadwalk REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.activities_totalscheck REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.activities_upload REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.api_pushdelivery REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.federation_inboxmessage REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.federation_peer REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.users_blocklist REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.users_domain REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.users_emojipack REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.users_emojiremoval REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.users_followimport REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.users_hostblock REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.users_identity REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.users_itemcheck REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.users_mail REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.users_move REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.users_profilelink REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.users_severanceevent REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_inserted AFTER INSERT ON public.users_subscription REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.stator_wake_inserted();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.activities_approval FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.activities_broadcast FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.activities_filematch FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.activities_mediacheck FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.activities_oldposts FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.activities_poll FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.activities_post FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.activities_postexpiry FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.activities_postwithdrawal FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.activities_previewcard FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.activities_profilelook FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.activities_quotecheck FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.activities_ruletrial FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.activities_scheduledpost FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.activities_spread FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.activities_threadwalk FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.activities_totalscheck FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.activities_upload FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.api_pushdelivery FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.federation_inboxmessage FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.federation_peer FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.users_blocklist FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.users_domain FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.users_emojipack FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.users_emojiremoval FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.users_followimport FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.users_hostblock FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.users_identity FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.users_itemcheck FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.users_mail FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.users_move FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.users_profilelink FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.users_severanceevent FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON public.users_subscription FOR EACH ROW WHEN (((new.state_due_at <= clock_timestamp()) AND ((old.state_due_at IS DISTINCT FROM new.state_due_at) OR (old.state IS DISTINCT FROM new.state)))) EXECUTE FUNCTION public.stator_wake_updated();
CREATE TRIGGER takahe_access_withdrawn AFTER DELETE ON public.users_identityaccess FOR EACH STATEMENT EXECUTE FUNCTION public.takahe_access_ended();
CREATE TRIGGER takahe_domain_stopped AFTER UPDATE OF state ON public.users_domain FOR EACH ROW WHEN ((new.state IS DISTINCT FROM old.state)) EXECUTE FUNCTION public.takahe_access_ended();
CREATE TRIGGER takahe_identity_stopped AFTER UPDATE OF restriction, deleted_at ON public.users_identity FOR EACH ROW WHEN (((new.domain_id IS NOT NULL) AND (((new.restriction = 2) AND (old.restriction <> 2)) OR ((new.deleted_at IS NOT NULL) AND (old.deleted_at IS NULL))))) EXECUTE FUNCTION public.takahe_access_ended();
CREATE TRIGGER takahe_login_stopped AFTER UPDATE OF is_disabled, is_restricted ON public.users_user FOR EACH ROW WHEN (((new.is_disabled AND (NOT old.is_disabled)) OR (new.is_restricted AND (NOT old.is_restricted)))) EXECUTE FUNCTION public.takahe_access_ended();
CREATE TRIGGER takahe_notified AFTER INSERT ON public.activities_notification REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.takahe_notified();
CREATE TRIGGER takahe_session_ended AFTER DELETE ON public.users_session FOR EACH STATEMENT EXECUTE FUNCTION public.takahe_access_ended();
CREATE TRIGGER takahe_session_switched AFTER UPDATE OF identity_id ON public.users_session FOR EACH ROW WHEN ((new.identity_id IS DISTINCT FROM old.identity_id)) EXECUTE FUNCTION public.takahe_access_ended();
CREATE TRIGGER takahe_token_deleted AFTER DELETE ON public.api_token FOR EACH ROW EXECUTE FUNCTION public.takahe_token_ended();
CREATE TRIGGER takahe_token_revoked AFTER UPDATE OF revoked_at ON public.api_token FOR EACH ROW WHEN (((old.revoked_at IS NULL) AND (new.revoked_at IS NOT NULL))) EXECUTE FUNCTION public.takahe_token_ended();
ALTER TABLE ONLY public.activities_alert
    ADD CONSTRAINT activities_alert_identity_id_b84e19e8_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_alert
    ADD CONSTRAINT activities_alert_user_id_55b69502_fk_users_user_id FOREIGN KEY (user_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_announcementread
    ADD CONSTRAINT activities_announcem_announcement_id_1a075261_fk_activitie FOREIGN KEY (announcement_id) REFERENCES public.activities_announcement(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_announcementreaction
    ADD CONSTRAINT activities_announcem_announcement_id_321655c2_fk_activitie FOREIGN KEY (announcement_id) REFERENCES public.activities_announcement(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_announcementread
    ADD CONSTRAINT activities_announcem_identity_id_ef1c74fe_fk_users_ide FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_announcementreaction
    ADD CONSTRAINT activities_announcem_identity_id_f76a8450_fk_users_ide FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_announcement
    ADD CONSTRAINT activities_announcement_domain_id_df2b99d5_fk_users_domain_id FOREIGN KEY (domain_id) REFERENCES public.users_domain(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_approval
    ADD CONSTRAINT activities_approval_author_id_9b3657cc_fk_users_identity_id FOREIGN KEY (author_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_approval
    ADD CONSTRAINT activities_approval_identity_id_5a71feec_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_approval
    ADD CONSTRAINT activities_approval_post_id_8e419cf0_fk_activities_post_id FOREIGN KEY (post_id) REFERENCES public.activities_post(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_approval
    ADD CONSTRAINT activities_approval_target_id_c75c8a7f_fk_activities_post_id FOREIGN KEY (target_id) REFERENCES public.activities_post(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_attachment
    ADD CONSTRAINT activities_attachment_author_id_b290fa08_fk_users_identity_id FOREIGN KEY (author_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_attachment
    ADD CONSTRAINT activities_attachment_post_id_0e5a1b1f_fk_activities_post_id FOREIGN KEY (post_id) REFERENCES public.activities_post(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_bookmark
    ADD CONSTRAINT activities_bookmark_folder_id_ab817c92_fk_activitie FOREIGN KEY (folder_id) REFERENCES public.activities_bookmarkfolder(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_bookmark
    ADD CONSTRAINT activities_bookmark_identity_id_fa8df0e2_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_bookmark
    ADD CONSTRAINT activities_bookmark_post_id_c3786de2_fk_activities_post_id FOREIGN KEY (post_id) REFERENCES public.activities_post(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_bookmarkfolder
    ADD CONSTRAINT activities_bookmarkf_identity_id_3540c61f_fk_users_ide FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_captions
    ADD CONSTRAINT activities_captions_attachment FOREIGN KEY (id) REFERENCES public.activities_attachment(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_conversation
    ADD CONSTRAINT activities_conversat_identity_id_43f53eaa_fk_users_ide FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_deck
    ADD CONSTRAINT activities_deck_identity_id_0098ff1f_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_digest
    ADD CONSTRAINT activities_digest_identity_id_9fa5f708_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_digest
    ADD CONSTRAINT activities_digest_user_id_bc95366c_fk_users_user_id FOREIGN KEY (user_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_featuredtag
    ADD CONSTRAINT activities_featuredt_hashtag_id_1cb2bead_fk_activitie FOREIGN KEY (hashtag_id) REFERENCES public.activities_hashtag(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_featuredtag
    ADD CONSTRAINT activities_featuredt_identity_id_5718cf57_fk_users_ide FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_filter
    ADD CONSTRAINT activities_filter_identity_id_d7dfe998_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_filterkeyword
    ADD CONSTRAINT activities_filterkey_filter_id_25c0956b_fk_activitie FOREIGN KEY (filter_id) REFERENCES public.activities_filter(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_filterstatus
    ADD CONSTRAINT activities_filtersta_filter_id_e86a62ec_fk_activitie FOREIGN KEY (filter_id) REFERENCES public.activities_filter(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_filterstatus
    ADD CONSTRAINT activities_filterstatus_post_id_2c812994_fk_activities_post_id FOREIGN KEY (post_id) REFERENCES public.activities_post(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_followedtag
    ADD CONSTRAINT activities_followedt_hashtag_id_e3229a2c_fk_activitie FOREIGN KEY (hashtag_id) REFERENCES public.activities_hashtag(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_followedtag
    ADD CONSTRAINT activities_followedt_identity_id_006cf4a7_fk_users_ide FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_groupmoderation
    ADD CONSTRAINT activities_groupmode_group_id_c5576f7d_fk_users_ide FOREIGN KEY (group_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_groupmoderation
    ADD CONSTRAINT activities_groupmode_post_id_ff09988f_fk_activitie FOREIGN KEY (post_id) REFERENCES public.activities_post(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_groupvote
    ADD CONSTRAINT activities_groupvote_post_id_05f67f56_fk_activities_post_id FOREIGN KEY (post_id) REFERENCES public.activities_post(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_idempotencykey
    ADD CONSTRAINT activities_idempoten_author_id_6d8b7a61_fk_users_ide FOREIGN KEY (author_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_like
    ADD CONSTRAINT activities_like_identity_id_ca5f0cab_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_like
    ADD CONSTRAINT activities_like_post_id_4a23b1e2_fk_activities_post_id FOREIGN KEY (post_id) REFERENCES public.activities_post(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_listmember
    ADD CONSTRAINT activities_listmembe_list_id_a6bbd8a9_fk_activitie FOREIGN KEY (list_id) REFERENCES public.activities_peoplelist(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_listmember
    ADD CONSTRAINT activities_listmember_identity_id_5f640257_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_mediacheck
    ADD CONSTRAINT activities_mediacheck_post_id_4563563b_fk_activities_post_id FOREIGN KEY (post_id) REFERENCES public.activities_post(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_mention
    ADD CONSTRAINT activities_mention_identity_id_76a370b3_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_mention
    ADD CONSTRAINT activities_mention_post_id_86b19b3b_fk_activities_post_id FOREIGN KEY (post_id) REFERENCES public.activities_post(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_notificationpermission
    ADD CONSTRAINT activities_notificat_actor_id_da5fbe62_fk_users_ide FOREIGN KEY (actor_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_notification
    ADD CONSTRAINT activities_notificat_collection_id_50613910_fk_users_col FOREIGN KEY (collection_id) REFERENCES public.users_collection(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_notification
    ADD CONSTRAINT activities_notificat_identity_id_1d56d1ab_fk_users_ide FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_notificationpolicy
    ADD CONSTRAINT activities_notificat_identity_id_495a9920_fk_users_ide FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_notificationpermission
    ADD CONSTRAINT activities_notificat_identity_id_e76a23b9_fk_users_ide FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_notification
    ADD CONSTRAINT activities_notificat_severance_id_b160a0e8_fk_users_sev FOREIGN KEY (severance_id) REFERENCES public.users_severance(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_notification
    ADD CONSTRAINT activities_notificat_warning_id_e3062fc4_fk_users_acc FOREIGN KEY (warning_id) REFERENCES public.users_accountwarning(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_notification
    ADD CONSTRAINT activities_notification_actor_id_9c8a48cc_fk_users_identity_id FOREIGN KEY (actor_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_notification
    ADD CONSTRAINT activities_notification_post_id_7a61df9a_fk_activities_post_id FOREIGN KEY (post_id) REFERENCES public.activities_post(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_notification
    ADD CONSTRAINT activities_notification_report_id_d3d340e3_fk_users_report_id FOREIGN KEY (report_id) REFERENCES public.users_report(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_oldposts
    ADD CONSTRAINT activities_oldposts_identity_id_f5d823cc_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_peoplelist
    ADD CONSTRAINT activities_peoplelist_identity_id_56f8921b_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_pin
    ADD CONSTRAINT activities_pin_identity_id_051e1f28_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_pin
    ADD CONSTRAINT activities_pin_post_id_86f67360_fk_activities_post_id FOREIGN KEY (post_id) REFERENCES public.activities_post(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_poll
    ADD CONSTRAINT activities_poll_post_id_c0d62fbe_fk_activities_post_id FOREIGN KEY (post_id) REFERENCES public.activities_post(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_pollvote
    ADD CONSTRAINT activities_pollvote_identity_id_740ac627_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_pollvote
    ADD CONSTRAINT activities_pollvote_post_id_27f58d77_fk_activities_post_id FOREIGN KEY (post_id) REFERENCES public.activities_post(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_post
    ADD CONSTRAINT activities_post_author_id_4107a75d_fk_users_identity_id FOREIGN KEY (author_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_post
    ADD CONSTRAINT activities_post_boost_of_id_3c899853_fk_activities_post_id FOREIGN KEY (boost_of_id) REFERENCES public.activities_post(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_post
    ADD CONSTRAINT activities_post_card_id_7a892035_fk_activities_previewcard_id FOREIGN KEY (card_id) REFERENCES public.activities_previewcard(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_post
    ADD CONSTRAINT activities_post_in_reply_to_id_1eed76ef_fk_activities_post_id FOREIGN KEY (in_reply_to_id) REFERENCES public.activities_post(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_post
    ADD CONSTRAINT activities_post_quote_of_id_765c4834_fk_activities_post_id FOREIGN KEY (quote_of_id) REFERENCES public.activities_post(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_postexpiry
    ADD CONSTRAINT activities_postexpiry_post_id_d4a40d90_fk_activities_post_id FOREIGN KEY (post_id) REFERENCES public.activities_post(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_posttag
    ADD CONSTRAINT activities_posttag_hashtag_id_448f7216_fk_activities_hashtag_id FOREIGN KEY (hashtag_id) REFERENCES public.activities_hashtag(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_posttag
    ADD CONSTRAINT activities_posttag_post_id_1fcc6f2e_fk_activities_post_id FOREIGN KEY (post_id) REFERENCES public.activities_post(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_postwithdrawal
    ADD CONSTRAINT activities_postwithd_post_id_0eaba2be_fk_activitie FOREIGN KEY (post_id) REFERENCES public.activities_post(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_postwriter
    ADD CONSTRAINT activities_postwriter_post_id_bb3d1ec5_fk_activities_post_id FOREIGN KEY (post_id) REFERENCES public.activities_post(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_postwriter
    ADD CONSTRAINT activities_postwriter_user_id_5a6239b3_fk_users_user_id FOREIGN KEY (user_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_profilelook
    ADD CONSTRAINT activities_profilelo_identity_id_54cb4d68_fk_users_ide FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_quotecheck
    ADD CONSTRAINT activities_quotecheck_post_id_416ba93e_fk_activities_post_id FOREIGN KEY (post_id) REFERENCES public.activities_post(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_reaction
    ADD CONSTRAINT activities_reaction_identity_id_11d47f8f_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_reaction
    ADD CONSTRAINT activities_reaction_post_id_175b5505_fk_activities_post_id FOREIGN KEY (post_id) REFERENCES public.activities_post(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_revision
    ADD CONSTRAINT activities_revision_post_id_b99410f5_fk_activities_post_id FOREIGN KEY (post_id) REFERENCES public.activities_post(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_ruletrial
    ADD CONSTRAINT activities_ruletrial_rule_id_f12e0a32_fk_activitie FOREIGN KEY (rule_id) REFERENCES public.activities_shelterrule(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_saveddraft
    ADD CONSTRAINT activities_saveddraft_author_id_383220b4_fk_users_identity_id FOREIGN KEY (author_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_scheduledpost
    ADD CONSTRAINT activities_scheduled_author_id_3b063ba8_fk_users_ide FOREIGN KEY (author_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_shelteredpost
    ADD CONSTRAINT activities_shelteredpost_post_id_6458e756_fk_activities_post_id FOREIGN KEY (post_id) REFERENCES public.activities_post(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_threadmute
    ADD CONSTRAINT activities_threadmute_identity_id_3b3b45dc_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_threadwalk
    ADD CONSTRAINT activities_threadwalk_post_id_4a70521a_fk_activities_post_id FOREIGN KEY (post_id) REFERENCES public.activities_post(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.activities_totalscheck
    ADD CONSTRAINT activities_totalscheck_post_id_d014ec6b_fk_activities_post_id FOREIGN KEY (post_id) REFERENCES public.activities_post(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.api_authorizationcode
    ADD CONSTRAINT api_authorizationcode_app_id_9b37112f_fk_api_app_id FOREIGN KEY (app_id) REFERENCES public.api_app(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.api_authorizationcode
    ADD CONSTRAINT api_authorizationcode_identity_id_cbb1a50d_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.api_authorizationcode
    ADD CONSTRAINT api_authorizationcode_token_id_ad8ac334_fk_api_token_id FOREIGN KEY (token_id) REFERENCES public.api_token(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.api_authorizationcode
    ADD CONSTRAINT api_authorizationcode_user_id_d423a39c_fk_users_user_id FOREIGN KEY (user_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.api_idempotencykey
    ADD CONSTRAINT api_idempotencykey_token_id_156488ec_fk_api_token_id FOREIGN KEY (token_id) REFERENCES public.api_token(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.api_idtokenkey
    ADD CONSTRAINT api_idtokenkey_domain_id_17332243_fk_users_domain_id FOREIGN KEY (domain_id) REFERENCES public.users_domain(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.api_marker
    ADD CONSTRAINT api_marker_identity_id_8bf55b6e_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.api_pushsubscription
    ADD CONSTRAINT api_pushsubscription_identity_id_b6a954b5_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.api_pushsubscription
    ADD CONSTRAINT api_pushsubscription_session_id_d9734fd0_fk_users_session_id FOREIGN KEY (session_id) REFERENCES public.users_session(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.api_pushsubscription
    ADD CONSTRAINT api_pushsubscription_token_id_33be04e7_fk_api_token_id FOREIGN KEY (token_id) REFERENCES public.api_token(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_app_id_ecf4763d_fk_api_app_id FOREIGN KEY (app_id) REFERENCES public.api_app(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_identity_id_25b31586_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_user_id_b646d2e7_fk_users_user_id FOREIGN KEY (user_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.federation_delivery
    ADD CONSTRAINT federation_delivery_activity_id_acf14d06_fk_federatio FOREIGN KEY (activity_id) REFERENCES public.federation_outgoingactivity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.federation_domainpolicy
    ADD CONSTRAINT federation_domainpolicy_domain_id_a0ab58ea_fk_users_domain_id FOREIGN KEY (domain_id) REFERENCES public.users_domain(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_accountnote
    ADD CONSTRAINT users_accountnote_source_id_b1fe097d_fk_users_identity_id FOREIGN KEY (source_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_accountnote
    ADD CONSTRAINT users_accountnote_target_id_42bcb572_fk_users_identity_id FOREIGN KEY (target_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_accountwarning
    ADD CONSTRAINT users_accountwarning_identity_id_8ddd990e_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_accountwarning
    ADD CONSTRAINT users_accountwarning_user_id_8da7b6b4_fk_users_user_id FOREIGN KEY (user_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_actorkey
    ADD CONSTRAINT users_actorkey_identity_id_4ab7ae1a_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_appeal
    ADD CONSTRAINT users_appeal_warning_id_22854761_fk_users_accountwarning_id FOREIGN KEY (warning_id) REFERENCES public.users_accountwarning(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_block
    ADD CONSTRAINT users_block_source_id_d2bc8a59_fk_users_identity_id FOREIGN KEY (source_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_block
    ADD CONSTRAINT users_block_target_id_f169e790_fk_users_identity_id FOREIGN KEY (target_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_blocklistrow
    ADD CONSTRAINT users_blocklistrow_blocklist_id_e698461a_fk_users_blocklist_id FOREIGN KEY (blocklist_id) REFERENCES public.users_blocklist(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_canonicalemailblock
    ADD CONSTRAINT users_canonicalemailblock_domain_id_ff1e7d1b_fk_users_domain_id FOREIGN KEY (domain_id) REFERENCES public.users_domain(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_circle
    ADD CONSTRAINT users_circle_identity_id_cfe8c8ba_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_circlemember
    ADD CONSTRAINT users_circlemember_circle_id_39822a4f_fk_users_circle_id FOREIGN KEY (circle_id) REFERENCES public.users_circle(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_circlemember
    ADD CONSTRAINT users_circlemember_identity_id_7a843c5e_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_collection
    ADD CONSTRAINT users_collection_owner_id_fc586a1d_fk_users_identity_id FOREIGN KEY (owner_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_collectionitem
    ADD CONSTRAINT users_collectionitem_collection_id_43568bd0_fk_users_col FOREIGN KEY (collection_id) REFERENCES public.users_collection(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_collectionitem
    ADD CONSTRAINT users_collectionitem_identity_id_0eae3fce_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_dismissedsuggestion
    ADD CONSTRAINT users_dismissedsugge_identity_id_ca508979_fk_users_ide FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_dismissedsuggestion
    ADD CONSTRAINT users_dismissedsugge_target_id_4caa73b4_fk_users_ide FOREIGN KEY (target_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_domainaccess
    ADD CONSTRAINT users_domainaccess_domain_id_2d69ea31_fk_users_domain_id FOREIGN KEY (domain_id) REFERENCES public.users_domain(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_domainaccess
    ADD CONSTRAINT users_domainaccess_user_id_e14aaf10_fk_users_user_id FOREIGN KEY (user_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_domainfigures
    ADD CONSTRAINT users_domainfigures_domain_id_19e18095_fk_users_domain_id FOREIGN KEY (domain_id) REFERENCES public.users_domain(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_domainstyle
    ADD CONSTRAINT users_domainstyle_domain_id_610f4b31_fk_users_domain_id FOREIGN KEY (domain_id) REFERENCES public.users_domain(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_domaintext
    ADD CONSTRAINT users_domaintext_domain_id_c597bb40_fk_users_domain_id FOREIGN KEY (domain_id) REFERENCES public.users_domain(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_emaildomainblock
    ADD CONSTRAINT users_emaildomainblock_domain_id_ef88570c_fk_users_domain_id FOREIGN KEY (domain_id) REFERENCES public.users_domain(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_emoji
    ADD CONSTRAINT users_emoji_domain_id_c48fdfa6_fk_users_domain_id FOREIGN KEY (domain_id) REFERENCES public.users_domain(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_emojiremoval
    ADD CONSTRAINT users_emojiremoval_emoji_id_a2122785_fk_users_emoji_id FOREIGN KEY (emoji_id) REFERENCES public.users_emoji(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_endorsement
    ADD CONSTRAINT users_endorsement_source_id_cc78a113_fk_users_identity_id FOREIGN KEY (source_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_endorsement
    ADD CONSTRAINT users_endorsement_target_id_24032b33_fk_users_identity_id FOREIGN KEY (target_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_externallogin
    ADD CONSTRAINT users_externallogin_provider_id_8696024a_fk_users_sig FOREIGN KEY (provider_id) REFERENCES public.users_signinprovider(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_externallogin
    ADD CONSTRAINT users_externallogin_user_id_39e58174_fk_users_user_id FOREIGN KEY (user_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_follow
    ADD CONSTRAINT users_follow_source_id_6a889f4f_fk_users_identity_id FOREIGN KEY (source_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_follow
    ADD CONSTRAINT users_follow_target_id_acdd1e82_fk_users_identity_id FOREIGN KEY (target_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_followimport
    ADD CONSTRAINT users_followimport_identity_id_571ba160_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_hostblock
    ADD CONSTRAINT users_hostblock_identity_id_25e92a4c_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_identity
    ADD CONSTRAINT users_identity_domain_id_abab255d_fk_users_domain_id FOREIGN KEY (domain_id) REFERENCES public.users_domain(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_identityaccess
    ADD CONSTRAINT users_identityaccess_identity_id_beb0bfd7_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_identityaccess
    ADD CONSTRAINT users_identityaccess_user_id_1e1d61e6_fk_users_user_id FOREIGN KEY (user_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_invitation
    ADD CONSTRAINT users_invitation_domain_id_b7f04c5f_fk_users_domain_id FOREIGN KEY (domain_id) REFERENCES public.users_domain(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_invitation
    ADD CONSTRAINT users_invitation_made_by_id_d4458260_fk_users_user_id FOREIGN KEY (made_by_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_ipblock
    ADD CONSTRAINT users_ipblock_domain_id_53316305_fk_users_domain_id FOREIGN KEY (domain_id) REFERENCES public.users_domain(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_itemcheck
    ADD CONSTRAINT users_itemcheck_collection_id_546b2bb1_fk_users_collection_id FOREIGN KEY (collection_id) REFERENCES public.users_collection(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_knownnetwork
    ADD CONSTRAINT users_knownnetwork_user_id_b7042a58_fk_users_user_id FOREIGN KEY (user_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_move
    ADD CONSTRAINT users_move_source_id_19469339_fk_users_identity_id FOREIGN KEY (source_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_move
    ADD CONSTRAINT users_move_target_id_fb07292e_fk_users_identity_id FOREIGN KEY (target_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_movefollower
    ADD CONSTRAINT users_movefollower_follower_id_53df196e_fk_users_identity_id FOREIGN KEY (follower_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_movefollower
    ADD CONSTRAINT users_movefollower_move_id_f5749883_fk_users_move_id FOREIGN KEY (move_id) REFERENCES public.users_move(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_mute
    ADD CONSTRAINT users_mute_source_id_e999e4b5_fk_users_identity_id FOREIGN KEY (source_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_mute
    ADD CONSTRAINT users_mute_target_id_b90265b4_fk_users_identity_id FOREIGN KEY (target_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_packedemoji
    ADD CONSTRAINT users_packedemoji_pack_id_6a555748_fk_users_emojipack_id FOREIGN KEY (pack_id) REFERENCES public.users_emojipack(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_passkey
    ADD CONSTRAINT users_passkey_domain_id_5e9317ce_fk_users_domain_id FOREIGN KEY (domain_id) REFERENCES public.users_domain(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_passkey
    ADD CONSTRAINT users_passkey_user_id_7be3086d_fk_users_user_id FOREIGN KEY (user_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_profilelink
    ADD CONSTRAINT users_profilelink_identity_id_aaf19a4d_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_recoverycode
    ADD CONSTRAINT users_recoverycode_user_id_61f40f3c_fk_users_user_id FOREIGN KEY (user_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_report
    ADD CONSTRAINT users_report_source_id_44f22738_fk_users_identity_id FOREIGN KEY (source_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_report
    ADD CONSTRAINT users_report_target_id_bebb4010_fk_users_identity_id FOREIGN KEY (target_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_role
    ADD CONSTRAINT users_role_domain_id_7eb4f63f_fk_users_domain_id FOREIGN KEY (domain_id) REFERENCES public.users_domain(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_rolegrant
    ADD CONSTRAINT users_rolegrant_domain_id_bab863ed_fk_users_domain_id FOREIGN KEY (domain_id) REFERENCES public.users_domain(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_rolegrant
    ADD CONSTRAINT users_rolegrant_role_id_9465162a_fk_users_role_id FOREIGN KEY (role_id) REFERENCES public.users_role(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_rolegrant
    ADD CONSTRAINT users_rolegrant_user_id_b2e3a787_fk_users_user_id FOREIGN KEY (user_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_rule
    ADD CONSTRAINT users_rule_domain_id_5d631a30_fk_users_domain_id FOREIGN KEY (domain_id) REFERENCES public.users_domain(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_searchname
    ADD CONSTRAINT users_searchname_identity FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_session
    ADD CONSTRAINT users_session_identity_id_03ab81f9_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_session
    ADD CONSTRAINT users_session_user_id_6da579eb_fk_users_user_id FOREIGN KEY (user_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_severance
    ADD CONSTRAINT users_severance_event_id_30696e56_fk_users_severanceevent_id FOREIGN KEY (event_id) REFERENCES public.users_severanceevent(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_severance
    ADD CONSTRAINT users_severance_identity_id_84c8bf4d_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_severanceevent
    ADD CONSTRAINT users_severanceevent_domain_id_3b41c9b6_fk_users_domain_id FOREIGN KEY (domain_id) REFERENCES public.users_domain(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_severanceevent
    ADD CONSTRAINT users_severanceevent_identity_id_923b223f_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_severedfollow
    ADD CONSTRAINT users_severedfollow_event_id_34bb4912_fk_users_sev FOREIGN KEY (event_id) REFERENCES public.users_severanceevent(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_severedfollow
    ADD CONSTRAINT users_severedfollow_identity_id_8239440b_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_severedfollow
    ADD CONSTRAINT users_severedfollow_other_id_7cd3e55e_fk_users_identity_id FOREIGN KEY (other_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_sharinginvitation
    ADD CONSTRAINT users_sharinginvitat_identity_id_8d48a4d7_fk_users_ide FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_sharinginvitation
    ADD CONSTRAINT users_sharinginvitation_invited_by_id_d2e4ebc6_fk_users_user_id FOREIGN KEY (invited_by_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_sharinginvitation
    ADD CONSTRAINT users_sharinginvitation_user_id_9c566cdf_fk_users_user_id FOREIGN KEY (user_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_signinprovider
    ADD CONSTRAINT users_signinprovider_domain_id_9959d363_fk_users_domain_id FOREIGN KEY (domain_id) REFERENCES public.users_domain(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_signup
    ADD CONSTRAINT users_signup_domain_id_a8044421_fk_users_domain_id FOREIGN KEY (domain_id) REFERENCES public.users_domain(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_signup
    ADD CONSTRAINT users_signup_user_id_f660648b_fk_users_user_id FOREIGN KEY (user_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_staffnote
    ADD CONSTRAINT users_staffnote_identity_id_2bcdf2e6_fk_users_identity_id FOREIGN KEY (identity_id) REFERENCES public.users_identity(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_subscribedserver
    ADD CONSTRAINT users_subscribedserv_subscription_id_2e904f70_fk_users_sub FOREIGN KEY (subscription_id) REFERENCES public.users_subscription(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_totp
    ADD CONSTRAINT users_totp_user_id_310be780_fk_users_user_id FOREIGN KEY (user_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.users_warningpreset
    ADD CONSTRAINT users_warningpreset_domain_id_f449e83b_fk_users_domain_id FOREIGN KEY (domain_id) REFERENCES public.users_domain(id) DEFERRABLE INITIALLY DEFERRED;
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0001_initial', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0002_undone_and_prefix_search', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0003_add_notes_endorsements_and_host_blocks', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0004_index_names_for_similarity', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0005_keep_mails_that_wait', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0006_add_sign_up_reasons_report_details_and_profile_tabs', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0007_remember_whose_media_is_sensitive', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0008_remember_who_may_quote_by_default', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0009_keep_when_activities_were_undone', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0010_keep_names_of_sign_ups', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0011_restrict_logins_of_the_suspended', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0012_keep_the_files_of_pictures', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0013_resume_removals', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0014_index_staff', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0015_index_people_of_domains', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0016_keep_known_networks', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0017_find_people_by_any_part_of_their_names', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0018_say_whose_mail_it_is', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0019_mark_mails_to_staff', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0020_index_mails_to_staff', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0021_say_whom_staff_restricted', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0022_index_each_sign_up_of_an_address', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0023_let_an_address_sign_up_again', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0024_keep_figures_of_domains', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0025_call_undone_revoked_activities', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0026_keep_which_servers_were_told', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0027_find_known_servers', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0028_keep_figures_of_the_server', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0029_index_what_moderators_look_for', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0030_drop_index_of_beginnings_of_names', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0031_keep_where_logins_were_let_in', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0032_keep_how_far_an_edit_was_announced', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0033_index_sign_ups_that_ask', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0034_index_follow_requests', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0035_index_the_most_followed', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0036_part_from_blocked_hosts_in_pieces', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0037_index_blocked_hosts_that_are_due', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('stator', '0001_heartbeats_jobs_tallies', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('stator', '0002_call_tallies_counts', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0038_call_figures_stats', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0039_keep_custom_emoji', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0040_ask_for_signed_gets', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0041_keep_totals_that_servers_state', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0042_take_emoji_out_of_posts', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0043_move_accounts', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0044_keep_more_keys', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0045_read_packs_of_emoji', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0046_collect_people', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0047_keep_policies_of_new_posts', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0048_keep_invitations', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0048_follow_collections_elsewhere', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0049_know_when_activities_were_said', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0050_name_collections_in_reports', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0051_find_collections_by_page', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0052_keep_policies_by_visibility', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0053_make_domains_blue_green', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0054_ask_for_descriptions_of_media', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0055_remember_how_people_read', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0056_bring_follows', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0057_remember_how_pages_look', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0058_remember_the_language_of_pages', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0059_mails_in_the_language_of_their_reader', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0060_find_collections_by_their_words', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0061_let_domains_have_pictures', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0062_hold_roles', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0063_give_staff_their_roles', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0064_index_who_holds_a_role', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0065_forget_the_role_of_a_login', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0066_find_reports_about_somebody', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0067_keep_what_staff_did', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0068_ask_for_a_second_factor', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0069_keep_passkeys', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0070_warn_people', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0071_ask_staff_for_a_second_factor', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0072_keep_access_rules', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0073_index_accounts_for_staff', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0074_index_ended_mutes', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0075_assign_reports', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0076_cover_media_of_people', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0077_index_covered_people', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0078_index_resolved_reports', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0079_remember_who_invited', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0080_index_who_invited', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0081_keep_blocklists', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0082_keep_circles', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0083_index_who_watches', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0084_let_mails_be_declined', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0085_remind_of_descriptions_of_media', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0086_list_lost_follows', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0087_subscribe_to_blocklists', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0088_remember_who_left_circles', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0089_let_owners_take_back_deletions', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0090_find_what_leaves', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0091_keep_the_question_of_a_sign_up', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0092_verify_links_of_profiles', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0093_sign_in_at_providers', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0094_give_rules_rows', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0095_move_rules_to_rows', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0096_forget_rules_of_domains', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0097_keep_notes_of_staff', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0098_limit_invitations_and_mails_to_staff', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0099_let_rules_on_email_domains_end', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0100_find_ended_rules_on_email_domains', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0101_give_domains_a_state', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0102_find_domains_to_work_on', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0103_limit_what_people_write', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0104_choose_what_visitors_see', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0105_share_identities', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0001_initial', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0002_add_indexes_for_boosts_and_words', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0003_index_local_pages', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0004_media_files', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0005_add_lists_filters_tags_and_conversations', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0006_add_polls_schedules_cards_quotes_and_trends', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0007_check_remote_quotes', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0008_keep_the_websites_of_apps', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0009_fold_accents_of_hashtags', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0010_add_domains_of_posts', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0011_fill_domains_of_posts', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0012_index_posts_by_domain', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0013_tell_staff_of_reports_and_sign_ups', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0014_index_notifications_by_report', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0015_count_activity_by_week', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0016_keep_words_of_posts', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0017_index_words_of_posts', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0018_add_idempotency_keys', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0019_fold_words_of_posts', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0020_give_scheduled_posts_back', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0021_ask_for_types_of_media', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0022_blank_signs_between_words', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0023_know_which_posts_have_media', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0024_say_which_posts_have_media', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0025_index_posts_with_media', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0026_index_attachments_by_author_once', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0027_broadcast_what_very_many_hear', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0028_know_domains_of_hashtags', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0029_fill_domains_of_hashtags', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0030_index_hashtags_by_domain', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0031_know_when_a_version_was_replaced', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0032_spread_to_very_many_people_here', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0033_keep_totals_that_servers_state', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0034_look_at_remote_profiles', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0035_find_posts_with_own_emoji', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0036_know_posts_behind_links', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0037_walk_along_conversations', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0038_react_with_emoji', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0039_take_part_in_groups', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0040_keep_facts_of_posts', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0041_find_revisions_with_emoji', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0042_keep_policies_of_posts', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0043_approve_replies_likes_and_boosts', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0044_know_when_activities_were_said', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0045_notify_of_collections', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0046_index_notifications_by_collection', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0047_count_contexts_of_walks', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0048_give_lists_feeds', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0049_saved_drafts', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0050_know_drafts_by_their_form', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0051_keep_bookmarks_in_folders', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0052_index_bookmarks_in_folders', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0053_let_posts_expire', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0054_react_to_announcements_with_custom_emoji', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0055_keep_columns', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0056_count_days_of_domains', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0057_delete_old_posts', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0058_restore_deleted_posts', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0059_write_markdown', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0060_notify_of_warnings', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0061_index_notifications_by_warning', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0062_review_trends', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0063_name_authors_of_cards', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0064_count_people', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0065_send_digests', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0066_captions_of_media', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0067_draw_sounds', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0068_write_to_circles', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0069_unbind_homes', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0070_notify_of_lost_follows', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0071_index_notifications_by_severance', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0072_shelter_from_storms', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0073_measure_uploads', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0074_index_posts_of_profiles', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0075_limit_by_rules', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0076_mail_notifications', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0077_keep_who_wrote', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0078_keep_who_saved_and_uploaded', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0079_forget_apps_with_writers', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0080_quarantine_newcomers', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0081_index_quarantine_by_site', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0082_try_rules_on_the_week', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0083_pass_over_old_posts', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0084_name_files_in_rules', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('activities', '0085_index_remote_files', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0106_style_a_domain', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0107_choose_a_front_page', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('api', '0001_initial', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('api', '0002_idempotency_markers_and_codes', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('api', '0003_push_subscriptions_and_deliveries', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('api', '0004_tell_of_notifications_and_ended_tokens', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('api', '0005_forget_idempotency_keys', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('api', '0006_tell_of_logins_that_may_not_act', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('api', '0007_end_streams_of_sessions', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('api', '0008_push_to_sessions', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('api', '0009_index_pushes_of_sessions', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('api', '0010_sign_id_tokens', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('api', '0011_keep_device_of_tokens', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('api', '0012_end_streams_of_domains', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('core', '0001_numbers_of_processes', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('core', '0002_count_tries', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('core', '0003_count_uses', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('core', '0004_record_backups', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('federation', '0001_initial', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('federation', '0002_count_refusals', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('federation', '0003_keep_when_messages_were_signed', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('federation', '0004_look_up_policies_by_host', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('federation', '0005_index_policies_by_host', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('federation', '0006_give_doubtful_hosts_a_share', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('federation', '0007_index_lines_and_sites', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('federation', '0008_keep_the_order_of_an_actor', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('federation', '0009_index_policies_and_failing_hosts', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('federation', '0010_index_hosts_without_media', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('federation', '0011_allow_hosts', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('federation', '0012_keep_remote_media', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('federation', '0013_keep_more_keys', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('federation', '0014_keep_what_was_forwarded', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('federation', '0015_subscribe_to_relays', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('federation', '0016_index_leased_files', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('federation', '0017_keep_still_versions_of_emoji', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('federation', '0018_index_hosts_of_remote_files', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('federation', '0019_index_hosts_without_reports', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('federation', '0020_handle_posts_of_hosts', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('federation', '0021_index_handled_hosts', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('federation', '0022_keep_policies_of_domains', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('federation', '0023_keep_hashes_of_copies', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('stator', '0003_metrics_of_workers', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0108_name_the_sender_of_mails', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0109_limit_the_other_identities', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0110_index_where_limits_came_from', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0111_keep_known_browsers', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0112_keep_troubles_of_the_server', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0113_lose_follows_by_domain', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0114_let_staff_of_domains_upload_packs', now());
INSERT INTO public.django_migrations (app, name, applied) VALUES ('users', '0115_keep_domains_to_themselves', now());
