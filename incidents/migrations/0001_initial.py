import django.db.models.deletion
import incidents.models.base
import incidents.models.investigations
import simple_history.models
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("press_article", "Press article"),
                            ("gov_release", "Government release"),
                            ("ngo_release", "NGO release"),
                            ("un_report", "United Nations report"),
                            ("perpetrator_release", "Release by an alleged perpetrator"),
                            ("testimony", "Testimony"),
                            ("photo", "Photograph"),
                            ("video", "Video"),
                            ("autopsy", "Autopsy"),
                            ("court_record", "Court record"),
                            ("survey", "Survey"),
                            ("dataset", "Dataset"),
                            ("other", "Other"),
                            ("unknown", "Unknown"),
                        ],
                        max_length=40,
                    ),
                ),
                ("title", incidents.models.base.TextsField(blank=True, default=dict)),
                ("language", models.CharField(blank=True, default="", max_length=35)),
                ("published_on", models.DateField(blank=True, null=True)),
                ("url", models.URLField(blank=True, default="", max_length=1000)),
                ("archive_url", models.URLField(blank=True, default="", max_length=1000)),
                ("captured_at", models.DateTimeField(blank=True, null=True)),
                ("sha256", models.CharField(blank=True, default="", max_length=64)),
                (
                    "sha256_of",
                    models.CharField(
                        blank=True, default="", help_text='What was hashed: "text as received".', max_length=200
                    ),
                ),
                (
                    "seen_at",
                    models.CharField(blank=True, default="", help_text="Where the figure was read.", max_length=300),
                ),
                ("rights", models.CharField(blank=True, default="", max_length=500)),
                (
                    "consent",
                    models.CharField(
                        choices=[
                            ("not_needed", "Not needed"),
                            ("public", "Given for the public"),
                            ("partners", "Given for partners only"),
                            ("none", "None"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="not_needed",
                        max_length=40,
                    ),
                ),
                ("public", models.BooleanField(default=True)),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "type__in",
                                [
                                    "press_article",
                                    "gov_release",
                                    "ngo_release",
                                    "un_report",
                                    "perpetrator_release",
                                    "testimony",
                                    "photo",
                                    "video",
                                    "autopsy",
                                    "court_record",
                                    "survey",
                                    "dataset",
                                    "other",
                                    "unknown",
                                ],
                            )
                        ),
                        name="document_type_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("consent__in", ["not_needed", "public", "partners", "none", "withdrawn"])),
                        name="document_consent_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sha256", ""), ("sha256__regex", "^[0-9a-f]{64}$"), _connector="OR"),
                        name="document_sha256_is_hex",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Publication",
            fields=[
                ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("incident", "Incident"),
                            ("perpetrator", "Perpetrator"),
                            ("investigation", "Investigation"),
                            ("source", "Source"),
                            ("document", "Document"),
                        ],
                        max_length=40,
                    ),
                ),
                ("object_id", models.UUIDField()),
                ("version", models.PositiveIntegerField()),
                (
                    "operation",
                    models.CharField(
                        choices=[
                            ("publish", "Publish"),
                            ("withdraw", "Withdraw"),
                            ("merge", "Merge"),
                            ("redact", "Redact"),
                        ],
                        max_length=40,
                    ),
                ),
                ("schema_version", models.CharField(max_length=10)),
                (
                    "reason_code",
                    models.CharField(
                        choices=[
                            ("new_information", "New information"),
                            ("correction", "Correction"),
                            ("retraction", "Retraction"),
                            ("privacy", "Privacy"),
                            ("typo", "Typing error"),
                            ("rename", "Something it names was renamed"),
                            ("dependency", "Something it depends on changed"),
                            ("ruleset", "New ruleset"),
                            ("schema", "New schema"),
                        ],
                        max_length=40,
                    ),
                ),
                ("reason", models.TextField(blank=True, default="")),
                ("survivor", models.UUIDField(blank=True, null=True)),
                ("published_at", models.DateTimeField(db_index=True)),
                ("document_digest", models.CharField(blank=True, default="", max_length=64)),
                ("previous_hash", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64)),
            ],
            options={
                "ordering": ["seq"],
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "object_id", "version"), name="publication_version_unique"),
                    models.CheckConstraint(condition=models.Q(("seq__gte", 1)), name="publication_seq_from_one"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PublicClaim",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(unique=True)),
                ("asserted_by", models.UUIDField(db_index=True, null=True)),
                ("measure", models.CharField(max_length=40)),
                ("status", models.CharField(max_length=40)),
                ("as_of", models.DateField(null=True)),
                ("retracted", models.BooleanField(default=False)),
                ("seq", models.BigIntegerField(db_index=True)),
                ("document", models.TextField()),
            ],
            options={
                "indexes": [models.Index(fields=["measure", "public_id"], name="pub_claim_by_measure")],
            },
        ),
        migrations.CreateModel(
            name="PublicContainment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("certain", models.BooleanField()),
            ],
        ),
        migrations.CreateModel(
            name="PublicDocument",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("seq", models.BigIntegerField(db_index=True)),
                ("version", models.PositiveIntegerField()),
                ("published_at", models.DateTimeField()),
                ("document", models.TextField()),
                ("search", models.TextField(blank=True, default="")),
                ("type", models.CharField(max_length=40)),
                ("publisher", models.UUIDField(null=True)),
                ("published_on", models.DateField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PublicIncident",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("seq", models.BigIntegerField(db_index=True)),
                ("version", models.PositiveIntegerField()),
                ("published_at", models.DateTimeField()),
                ("document", models.TextField()),
                ("search", models.TextField(blank=True, default="")),
                ("kind", models.CharField(max_length=40)),
                ("grade", models.CharField(max_length=40)),
                ("clarity", models.CharField(max_length=40)),
                ("start_earliest", models.DateField()),
                ("interval_end", models.DateField()),
                ("date_precision", models.CharField(max_length=40)),
                ("country", models.CharField(max_length=3)),
                ("latitude", models.FloatField(null=True)),
                ("longitude", models.FloatField(null=True)),
                ("geo_precision", models.CharField(max_length=40)),
                ("killed_low", models.PositiveIntegerField(null=True)),
                ("killed_best", models.PositiveIntegerField(null=True)),
                ("killed_high", models.PositiveIntegerField(null=True)),
                ("killed_sort", models.IntegerField(default=-1)),
                ("attribution_status", models.CharField(max_length=40)),
                ("has_investigation", models.BooleanField(default=False)),
                ("has_relations", models.BooleanField(default=False)),
                ("has_itemised_areas", models.BooleanField(default=False)),
                ("month", models.CharField(max_length=7)),
                ("quarter", models.CharField(max_length=7)),
                ("year", models.CharField(max_length=7)),
                ("adm1", models.CharField(max_length=16)),
                ("adm2", models.CharField(max_length=16)),
                ("act", models.CharField(max_length=40)),
                ("perpetrator", models.CharField(max_length=40)),
                ("perpetrator_type", models.CharField(max_length=40)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["start_earliest", "public_id"], name="pub_incident_by_date"),
                    models.Index(fields=["killed_sort", "public_id"], name="pub_incident_by_killed"),
                    models.Index(fields=["country", "start_earliest", "public_id"], name="pub_incident_by_country"),
                    models.Index(fields=["latitude", "longitude"], name="pub_incident_by_point"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PublicIncidentAct",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("act", models.CharField(max_length=40)),
                ("position", models.PositiveSmallIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="PublicIncidentActor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("actor_id", models.UUIDField()),
                ("actor_type", models.CharField(max_length=40)),
                ("asserted_by", models.UUIDField(null=True)),
                ("role", models.CharField(max_length=40)),
                ("position", models.CharField(max_length=40)),
                ("extent", models.CharField(max_length=40)),
                ("perpetrating", models.BooleanField()),
            ],
        ),
        migrations.CreateModel(
            name="PublicIncidentArea",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pcode", models.CharField(max_length=16)),
                ("own_pcode", models.CharField(max_length=16)),
                ("level", models.PositiveSmallIntegerField(help_text="Level of pcode.")),
                ("itemised", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="PublicIncidentReference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("scheme", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=200)),
            ],
            options={
                "indexes": [models.Index(fields=["scheme", "key"], name="pub_reference_by_key")],
            },
        ),
        migrations.CreateModel(
            name="PublicInvestigation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("seq", models.BigIntegerField(db_index=True)),
                ("version", models.PositiveIntegerField()),
                ("published_at", models.DateTimeField()),
                ("document", models.TextField()),
                ("search", models.TextField(blank=True, default="")),
                ("type", models.CharField(max_length=40)),
                ("body", models.UUIDField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PublicInvestigationIncident",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("incident_id", models.UUIDField(db_index=True)),
                ("kind", models.CharField(max_length=40)),
            ],
        ),
        migrations.CreateModel(
            name="PublicMention",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("holder_kind", models.CharField(max_length=40)),
                ("holder", models.UUIDField(db_index=True)),
                ("mentioned", models.UUIDField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("mentioned", "holder"), name="pub_mention_unique")],
            },
        ),
        migrations.CreateModel(
            name="PublicPerpetrator",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("seq", models.BigIntegerField(db_index=True)),
                ("version", models.PositiveIntegerField()),
                ("published_at", models.DateTimeField()),
                ("document", models.TextField()),
                ("search", models.TextField(blank=True, default="")),
                ("type", models.CharField(max_length=40)),
                ("identification", models.CharField(max_length=40)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PublicSource",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("seq", models.BigIntegerField(db_index=True)),
                ("version", models.PositiveIntegerField()),
                ("published_at", models.DateTimeField()),
                ("document", models.TextField()),
                ("search", models.TextField(blank=True, default="")),
                ("kind", models.CharField(max_length=40)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Recommendation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", incidents.models.base.TextsField(blank=True, default=dict)),
                ("addressed_to", models.CharField(blank=True, default="", max_length=200)),
            ],
            options={
                "ordering": ["investigation", "id"],
            },
        ),
        migrations.CreateModel(
            name="Restatement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("object_id", models.UUIDField(unique=True)),
                ("queued_at", models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.CreateModel(
            name="Scope",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("within", "Within the mandate"),
                            ("overlaps", "Overlaps the mandate"),
                            ("outside", "Outside the mandate"),
                        ],
                        max_length=40,
                    ),
                ),
            ],
            options={
                "ordering": ["investigation", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["within", "overlaps", "outside"])), name="scope_kind_known"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Source",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("desk", "The coding desk"),
                            ("unattributed", "Not attributed"),
                            ("community_body", "Community body"),
                            ("local_monitor", "Local monitor"),
                            ("international_ngo", "International NGO"),
                            ("un_body", "United Nations body"),
                            ("government", "Government"),
                            ("media_local", "Local media"),
                            ("media_international", "International media"),
                            ("social_media", "Social media"),
                            ("hospital_morgue", "Hospital or morgue"),
                            ("court", "Court"),
                            ("witness", "Witness"),
                            ("victim_or_family", "Victim or family"),
                            ("academic", "Academic body"),
                            ("dataset", "Dataset"),
                            ("other", "Other"),
                            ("unknown", "Unknown"),
                        ],
                        max_length=40,
                    ),
                ),
                (
                    "names",
                    incidents.models.base.TextsField(
                        blank=True, default=dict, help_text='For example {"en": "Civil Peace Group - Seen"}.'
                    ),
                ),
                (
                    "reliability",
                    models.CharField(
                        choices=[
                            ("A", "A: completely reliable"),
                            ("B", "B: usually reliable"),
                            ("C", "C: fairly reliable"),
                            ("D", "D: not usually reliable"),
                            ("E", "E: unreliable"),
                            ("F", "F: cannot be judged"),
                        ],
                        default="F",
                        help_text="Internal: never published. F where it cannot be judged.",
                        max_length=40,
                    ),
                ),
                ("reliability_reason", models.TextField(blank=True, default="")),
                (
                    "confidential",
                    models.BooleanField(
                        blank=True,
                        help_text="Only its kind is published. Left empty: true for witnesses and families, else false.",
                        null=True,
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "desk",
                                    "unattributed",
                                    "community_body",
                                    "local_monitor",
                                    "international_ngo",
                                    "un_body",
                                    "government",
                                    "media_local",
                                    "media_international",
                                    "social_media",
                                    "hospital_morgue",
                                    "court",
                                    "witness",
                                    "victim_or_family",
                                    "academic",
                                    "dataset",
                                    "other",
                                    "unknown",
                                ],
                            )
                        ),
                        name="source_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reliability__in", ["A", "B", "C", "D", "E", "F"])),
                        name="source_reliability_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Statement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("on", models.DateField(blank=True, null=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("demand", "Demand"),
                            ("appeal", "Appeal"),
                            ("condemnation", "Condemnation"),
                            ("denial", "Denial"),
                            ("report", "Report"),
                        ],
                        max_length=40,
                    ),
                ),
                ("demands", models.JSONField(blank=True, default=list)),
                ("summary", incidents.models.base.TextsField(blank=True, default=dict)),
            ],
            options={
                "ordering": ["on", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["demand", "appeal", "condemnation", "denial", "report"])),
                        name="statement_kind_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("measure", models.CharField(max_length=40)),
                ("unit", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=40)),
                ("of_status", models.CharField(max_length=40)),
                ("dimension", models.CharField(blank=True, default="", max_length=40)),
                ("status", models.CharField(max_length=40)),
                ("sex", models.CharField(max_length=40)),
                ("age_group", models.CharField(max_length=40)),
                ("cause", models.CharField(max_length=40)),
                ("occupation", models.CharField(max_length=40)),
                ("area", models.CharField(blank=True, default="", max_length=16)),
                ("low", models.PositiveIntegerField()),
                ("best", models.PositiveIntegerField(null=True)),
                ("high", models.PositiveIntegerField()),
                ("low_open", models.BooleanField(default=False)),
                ("high_open", models.BooleanField(default=False)),
                ("itemised", models.PositiveSmallIntegerField(default=0)),
                ("own", models.BooleanField(default=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("low__lte", models.F("high")),
                            models.Q(
                                ("best__isnull", True),
                                models.Q(("best__lte", models.F("high")), ("low__lte", models.F("best"))),
                                _connector="OR",
                            ),
                        ),
                        name="tally_ordered",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "of_status__in",
                                [
                                    "civilian",
                                    "other_protected_person",
                                    "military",
                                    "police",
                                    "state_forces",
                                    "nonstate_fighter",
                                    "hors_de_combat",
                                    "other",
                                    "unknown",
                                    "all",
                                ],
                            )
                        ),
                        name="tally_of_status_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TargetedGroup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "ground",
                    models.CharField(
                        choices=[
                            ("religion", "Religion"),
                            ("ethnicity", "Ethnicity"),
                            ("political", "Political opinion"),
                            ("gender", "Gender"),
                            ("profession", "Profession"),
                            ("nationality", "Nationality"),
                            ("disability", "Disability"),
                            ("other", "Other"),
                            ("unknown", "Unknown"),
                        ],
                        max_length=40,
                    ),
                ),
                ("group", incidents.models.base.TextsField(blank=True, default=dict)),
            ],
            options={
                "ordering": ["incident", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "ground__in",
                                [
                                    "religion",
                                    "ethnicity",
                                    "political",
                                    "gender",
                                    "profession",
                                    "nationality",
                                    "disability",
                                    "other",
                                    "unknown",
                                ],
                            )
                        ),
                        name="targeted_ground_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Term",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("vocabulary", models.CharField(max_length=40)),
                ("code", models.CharField(max_length=40)),
                ("position", models.PositiveSmallIntegerField()),
            ],
            options={
                "ordering": ("vocabulary", "position"),
                "constraints": [models.UniqueConstraint(fields=("vocabulary", "code"), name="term_code_once")],
            },
        ),
        migrations.CreateModel(
            name="TermLabel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "language",
                    models.CharField(
                        choices=[("en", "English"), ("fr", "French"), ("es", "Spanish"), ("ar", "Arabic")], max_length=8
                    ),
                ),
                ("label", models.CharField(max_length=120)),
                ("definition", models.TextField(blank=True, default="")),
                ("reviewed", models.BooleanField(default=False)),
            ],
            options={
                "ordering": ("term", "language"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("language__in", ["en", "fr", "es", "ar"])), name="term_label_language_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("label", ""), _negated=True), name="term_label_not_empty"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TermMapping",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("scheme", models.CharField(max_length=40)),
                ("code", models.CharField(max_length=80)),
                (
                    "relation",
                    models.CharField(
                        choices=[
                            ("exact", "Exact match"),
                            ("close", "Close match"),
                            ("broad", "The other term is broader"),
                            ("narrow", "The other term is narrower"),
                        ],
                        max_length=6,
                    ),
                ),
                ("note", models.TextField(blank=True, default="")),
            ],
            options={
                "ordering": ("term", "scheme", "code"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("relation__in", ["exact", "close", "broad", "narrow"])),
                        name="term_mapping_relation_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Actor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("state_armed", "State armed forces"),
                            ("state_police", "State police"),
                            ("state_intelligence", "State intelligence service"),
                            ("nonstate_armed", "Non-state armed group"),
                            ("progov_paramilitary", "Pro-government paramilitary"),
                            ("vigilante", "Vigilante group"),
                            ("identity_militia", "Identity militia"),
                            ("crowd", "Crowd"),
                            ("foreign_state", "Foreign state forces"),
                            ("private_security", "Private security company"),
                            ("criminal", "Criminal group"),
                            ("private_person", "Private person"),
                            ("other", "Other"),
                            ("unknown", "Unknown"),
                        ],
                        max_length=40,
                    ),
                ),
                (
                    "identification",
                    models.CharField(
                        choices=[
                            ("named_unit", "Named unit"),
                            ("named_group", "Named group"),
                            ("named_institution", "Named institution"),
                            ("category", "Category of persons"),
                            ("unknown", "Unknown"),
                        ],
                        max_length=40,
                    ),
                ),
                ("names", incidents.models.base.TextsField(blank=True, default=dict)),
                ("valid_from", models.DateField(blank=True, null=True)),
                ("valid_to", models.DateField(blank=True, null=True)),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "type__in",
                                [
                                    "state_armed",
                                    "state_police",
                                    "state_intelligence",
                                    "nonstate_armed",
                                    "progov_paramilitary",
                                    "vigilante",
                                    "identity_militia",
                                    "crowd",
                                    "foreign_state",
                                    "private_security",
                                    "criminal",
                                    "private_person",
                                    "other",
                                    "unknown",
                                ],
                            )
                        ),
                        name="actor_type_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "identification__in",
                                ["named_unit", "named_group", "named_institution", "category", "unknown"],
                            )
                        ),
                        name="actor_identification_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_from__isnull", True),
                            ("valid_to__isnull", True),
                            ("valid_from__lte", models.F("valid_to")),
                            _connector="OR",
                        ),
                        name="actor_validity_ordered",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ActorAlias",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=300)),
                ("language", models.CharField(blank=True, default="", max_length=35)),
                ("valid_from", models.DateField(blank=True, null=True)),
                ("valid_to", models.DateField(blank=True, null=True)),
                (
                    "actor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="aliases", to="incidents.actor"
                    ),
                ),
            ],
            options={
                "ordering": ["actor", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=("actor", "name", "language"), name="actor_alias_unique"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_from__isnull", True),
                            ("valid_to__isnull", True),
                            ("valid_from__lte", models.F("valid_to")),
                            _connector="OR",
                        ),
                        name="actor_alias_validity_ordered",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ActorReference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("scheme", models.SlugField(max_length=40)),
                ("key", models.CharField(max_length=200)),
                (
                    "actor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="references", to="incidents.actor"
                    ),
                ),
            ],
            options={
                "ordering": ["scheme", "key"],
                "constraints": [models.UniqueConstraint(fields=("scheme", "key"), name="actor_reference_unique")],
            },
        ),
        migrations.CreateModel(
            name="ActorRelation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("part_of", "Part of"),
                            ("successor", "Successor of"),
                            ("alias", "Another name of"),
                            ("splinter", "Splinter of"),
                            ("allied", "Allied with"),
                        ],
                        max_length=40,
                    ),
                ),
                ("valid_from", models.DateField(blank=True, null=True)),
                ("valid_to", models.DateField(blank=True, null=True)),
                (
                    "from_actor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="relations_out", to="incidents.actor"
                    ),
                ),
                (
                    "to_actor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="relations_in", to="incidents.actor"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("from_actor", "to_actor", "type"), name="actor_relation_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("from_actor", models.F("to_actor")), _negated=True),
                        name="actor_relation_between_two",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("type__in", ["part_of", "successor", "alias", "splinter", "allied"])),
                        name="actor_relation_type_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_from__isnull", True),
                            ("valid_to__isnull", True),
                            ("valid_from__lte", models.F("valid_to")),
                            _connector="OR",
                        ),
                        name="actor_relation_validity_ordered",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AdminArea",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pcode", models.CharField(max_length=16, unique=True)),
                ("level", models.PositiveSmallIntegerField()),
                ("country", models.CharField(max_length=3)),
                (
                    "names",
                    incidents.models.base.TextsField(
                        blank=True, default=dict, help_text='For example {"en": "Lattakia", "ar": "اللاذقية"}.'
                    ),
                ),
                ("latitude", models.FloatField(blank=True, null=True)),
                ("longitude", models.FloatField(blank=True, null=True)),
                ("valid_from", models.DateField(blank=True, null=True)),
                ("valid_to", models.DateField(blank=True, null=True)),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="incidents.adminarea",
                    ),
                ),
            ],
            options={
                "verbose_name": "administrative area",
                "verbose_name_plural": "administrative areas",
                "ordering": ("pcode",),
                "indexes": [models.Index(fields=["country", "level"], name="admin_area_country_level")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("level__gte", 0), ("level__lte", 4)), name="admin_area_level_0_to_4"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("level", 0), ("parent__isnull", True), ("pcode", models.F("country"))),
                            models.Q(("level__gt", 0), ("parent__isnull", False)),
                            _connector="OR",
                        ),
                        name="admin_area_only_countries_lack_a_parent",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("latitude__isnull", True), ("longitude__isnull", True)),
                            models.Q(
                                ("latitude__gte", -90),
                                ("latitude__isnull", False),
                                ("latitude__lte", 90),
                                ("longitude__gte", -180),
                                ("longitude__isnull", False),
                                ("longitude__lte", 180),
                            ),
                            _connector="OR",
                        ),
                        name="admin_area_centroid_in_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_from__isnull", True),
                            ("valid_to__isnull", True),
                            ("valid_from__lte", models.F("valid_to")),
                            _connector="OR",
                        ),
                        name="admin_area_validity_ordered",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AreaClosure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("depth", models.PositiveSmallIntegerField()),
                (
                    "ancestor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="descendant_links",
                        to="incidents.adminarea",
                    ),
                ),
                (
                    "descendant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ancestor_links",
                        to="incidents.adminarea",
                    ),
                ),
            ],
            options={
                "ordering": ("descendant", "depth"),
                "constraints": [
                    models.UniqueConstraint(fields=("ancestor", "descendant"), name="area_closure_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ancestor", models.F("descendant")), ("depth", 0)),
                            models.Q(
                                ("depth__gt", 0),
                                ("depth__lte", 4),
                                models.Q(("ancestor", models.F("descendant")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="area_closure_depth",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AreaName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("language", models.CharField(blank=True, default="", max_length=8)),
                (
                    "kind",
                    models.CharField(
                        choices=[("primary", "Primary"), ("alias", "Alias")], default="alias", max_length=8
                    ),
                ),
                ("folded", models.CharField(db_index=True, editable=False, max_length=400)),
                ("core", models.CharField(db_index=True, editable=False, max_length=400)),
                (
                    "area",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="area_names", to="incidents.adminarea"
                    ),
                ),
            ],
            options={
                "ordering": ("area", "kind", "language", "folded"),
                "constraints": [
                    models.UniqueConstraint(fields=("area", "folded", "language"), name="area_name_once_per_language"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["primary", "alias"])), name="area_name_kind_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("folded", ""), _negated=True), name="area_name_can_be_found"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Claim",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "locator",
                    models.CharField(blank=True, default="", help_text="Page, paragraph or timecode.", max_length=200),
                ),
                (
                    "quote",
                    models.TextField(blank=True, default="", help_text="At most 25 words, in the original language."),
                ),
                (
                    "measure",
                    models.CharField(
                        choices=[
                            ("killed", "Killed"),
                            ("injured", "Injured"),
                            ("missing", "Missing"),
                            ("disappeared", "Forcibly disappeared"),
                            ("abducted", "Abducted"),
                            ("detained", "Detained"),
                            ("tortured", "Tortured"),
                            ("sexual_violence", "Subjected to sexual violence"),
                            ("recruited_children", "Children recruited or used"),
                            ("displaced", "Displaced"),
                            ("buried", "Buried"),
                            ("bodies_found", "Bodies found"),
                            ("localities", "Localities affected"),
                            ("facilities_damaged", "Facilities damaged"),
                            ("other", "Other"),
                            ("unknown", "Unknown"),
                        ],
                        max_length=40,
                    ),
                ),
                (
                    "unit",
                    models.CharField(
                        choices=[
                            ("person", "Person"),
                            ("family", "Family"),
                            ("body", "Body"),
                            ("locality", "Locality"),
                            ("facility", "Facility"),
                        ],
                        default="person",
                        max_length=40,
                    ),
                ),
                ("unit_as_written", models.CharField(blank=True, default="", max_length=100)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("civilian", "Civilian"),
                            ("other_protected_person", "Other protected person"),
                            ("military", "Military"),
                            ("police", "Police"),
                            ("state_forces", "State forces, branch not stated"),
                            ("nonstate_fighter", "Non-state fighter"),
                            ("hors_de_combat", "Hors de combat"),
                            ("other", "Other"),
                            ("unknown", "Unknown"),
                            ("all", "All, whatever their status"),
                        ],
                        default="all",
                        max_length=40,
                    ),
                ),
                (
                    "status_basis",
                    models.CharField(
                        choices=[("stated", "Stated by the source"), ("inferred", "Inferred by the desk")],
                        default="stated",
                        max_length=40,
                    ),
                ),
                (
                    "qualifier",
                    models.CharField(
                        choices=[
                            ("exact", "Exactly"),
                            ("about", "About"),
                            ("nearly", "Nearly"),
                            ("at_least", "At least"),
                            ("more_than", "More than"),
                            ("at_most", "At most"),
                            ("range", "Between two figures"),
                            ("vague", "A word, not a number"),
                        ],
                        max_length=40,
                    ),
                ),
                ("value", models.PositiveIntegerField(blank=True, null=True)),
                ("low", models.PositiveIntegerField(blank=True, null=True)),
                ("high", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "vague_term",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("dozens", "Dozens (24 to 99)"),
                            ("scores", "Scores (40 to 99)"),
                            ("hundreds", "Hundreds (200 to 999)"),
                            ("thousands", "Thousands (2,000 to 9,999)"),
                        ],
                        default="",
                        max_length=40,
                    ),
                ),
                ("as_of", models.DateField(blank=True, null=True)),
                ("covers_from", models.DateField(blank=True, null=True)),
                ("covers_to", models.DateField(blank=True, null=True)),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("same", "The incident itself"),
                            ("narrower", "A part of the incident"),
                            ("wider", "More than the incident"),
                            ("unknown", "Not known"),
                        ],
                        default="same",
                        help_text="Does the figure count this incident, a part of it, or more?",
                        max_length=40,
                    ),
                ),
                ("interim", models.BooleanField(default=False, help_text="The source says that counting goes on.")),
                (
                    "running_total",
                    models.BooleanField(default=False, help_text="It counts beyond the incident's own interval."),
                ),
                ("method", models.CharField(blank=True, default="", max_length=100)),
                (
                    "basis",
                    models.CharField(
                        choices=[
                            ("documented", "Documented"),
                            ("estimated", "Estimated by survey or statistical model"),
                        ],
                        default="documented",
                        max_length=40,
                    ),
                ),
                (
                    "credibility",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("1", "1: confirmed by other sources"),
                            ("2", "2: probably true"),
                            ("3", "3: possibly true"),
                            ("4", "4: doubtful"),
                            ("5", "5: improbable"),
                            ("6", "6: cannot be judged"),
                        ],
                        default="",
                        max_length=40,
                    ),
                ),
                (
                    "standard_of_proof",
                    models.CharField(
                        choices=[
                            ("none_stated", "None stated"),
                            ("reasonable_suspicion", "Reasonable suspicion"),
                            ("reasonable_grounds", "Reasonable grounds to believe"),
                            ("balance_of_probabilities", "Balance of probabilities"),
                            ("clear_and_convincing", "Clear and convincing evidence"),
                            ("beyond_reasonable_doubt", "Beyond reasonable doubt"),
                        ],
                        default="none_stated",
                        max_length=40,
                    ),
                ),
                (
                    "based_on",
                    models.JSONField(blank=True, default=list, help_text="Whom it says it relied on, as written."),
                ),
                (
                    "based_on_dates",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="The dates of what it relied on, as given; null where not known.",
                    ),
                ),
                ("retracted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "retracted_by",
                    models.CharField(
                        blank=True,
                        choices=[("source", "By the source"), ("desk", "By the desk")],
                        default="",
                        max_length=40,
                    ),
                ),
                ("retraction_reason", models.TextField(blank=True, default="")),
                (
                    "origin",
                    models.CharField(
                        choices=[("entered", "Entered"), ("submitted", "Submitted"), ("imported", "Imported")],
                        default="entered",
                        max_length=40,
                    ),
                ),
                ("public", models.BooleanField(default=True)),
                ("covers_areas", models.ManyToManyField(blank=True, related_name="+", to="incidents.adminarea")),
                (
                    "inferred_from",
                    models.ForeignKey(
                        blank=True,
                        help_text="The claim from which the desk reads this one: buried, so killed.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="inferences",
                        to="incidents.claim",
                    ),
                ),
                (
                    "relays",
                    models.ForeignKey(
                        blank=True,
                        help_text="The claim that this one repeats.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="relayed_by",
                        to="incidents.claim",
                    ),
                ),
                (
                    "supersedes",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="superseded_by",
                        to="incidents.claim",
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="claims", to="incidents.document"
                    ),
                ),
            ],
            options={
                "ordering": ["incident", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("high__isnull", True),
                                ("low__isnull", True),
                                ("qualifier__in", ["exact", "about", "nearly", "at_least", "more_than", "at_most"]),
                                ("vague_term", ""),
                                ("value__isnull", False),
                            ),
                            models.Q(
                                ("high__isnull", False),
                                ("low__isnull", False),
                                ("qualifier", "range"),
                                ("vague_term", ""),
                            ),
                            models.Q(
                                models.Q(("qualifier", "vague")),
                                models.Q(("vague_term__in", ["dozens", "scores", "hundreds", "thousands"])),
                                ("high__isnull", True),
                                ("low__isnull", True),
                                ("value__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="claim_qualifier_fits_figures",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("origin", "imported"),
                            ("low__isnull", True),
                            models.Q(("low__lte", models.F("high")), ("value__isnull", True)),
                            models.Q(
                                ("low__lte", models.F("value")),
                                ("value__isnull", False),
                                ("value__lte", models.F("high")),
                            ),
                            _connector="OR",
                        ),
                        name="claim_range_ordered_unless_imported",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("covers_from__isnull", True),
                            ("covers_to__isnull", True),
                            ("covers_from__lte", models.F("covers_to")),
                            _connector="OR",
                        ),
                        name="claim_covers_ordered",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("retracted_at__isnull", True), ("retracted_by", "")),
                            models.Q(
                                models.Q(("retracted_at__isnull", False)),
                                models.Q(("retracted_by__in", ["source", "desk"])),
                            ),
                            _connector="OR",
                        ),
                        name="claim_retraction_says_by_whom",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("relays__isnull", True),
                            models.Q(("relays", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="claim_relays_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("inferred_from__isnull", True),
                            models.Q(("inferred_from", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="claim_inferred_from_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("supersedes__isnull", True),
                            models.Q(("supersedes", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="claim_supersedes_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "measure__in",
                                [
                                    "killed",
                                    "injured",
                                    "missing",
                                    "disappeared",
                                    "abducted",
                                    "detained",
                                    "tortured",
                                    "sexual_violence",
                                    "recruited_children",
                                    "displaced",
                                    "buried",
                                    "bodies_found",
                                    "localities",
                                    "facilities_damaged",
                                    "other",
                                    "unknown",
                                ],
                            )
                        ),
                        name="claim_measure_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("unit__in", ["person", "family", "body", "locality", "facility"])),
                        name="claim_unit_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                [
                                    "civilian",
                                    "other_protected_person",
                                    "military",
                                    "police",
                                    "state_forces",
                                    "nonstate_fighter",
                                    "hors_de_combat",
                                    "other",
                                    "unknown",
                                    "all",
                                ],
                            )
                        ),
                        name="claim_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status_basis__in", ["stated", "inferred"])),
                        name="claim_status_basis_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "qualifier__in",
                                ["exact", "about", "nearly", "at_least", "more_than", "at_most", "range", "vague"],
                            )
                        ),
                        name="claim_qualifier_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("scope__in", ["same", "narrower", "wider", "unknown"])),
                        name="claim_scope_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("basis__in", ["documented", "estimated"])), name="claim_basis_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("credibility__in", ["", "1", "2", "3", "4", "5", "6"])),
                        name="claim_credibility_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "standard_of_proof__in",
                                [
                                    "none_stated",
                                    "reasonable_suspicion",
                                    "reasonable_grounds",
                                    "balance_of_probabilities",
                                    "clear_and_convincing",
                                    "beyond_reasonable_doubt",
                                ],
                            )
                        ),
                        name="claim_standard_of_proof_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("origin__in", ["entered", "submitted", "imported"])),
                        name="claim_origin_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ClaimCell",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("cut", models.PositiveSmallIntegerField(default=1)),
                (
                    "status",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("civilian", "Civilian"),
                            ("other_protected_person", "Other protected person"),
                            ("military", "Military"),
                            ("police", "Police"),
                            ("state_forces", "State forces, branch not stated"),
                            ("nonstate_fighter", "Non-state fighter"),
                            ("hors_de_combat", "Hors de combat"),
                            ("other", "Other"),
                            ("unknown", "Unknown"),
                            ("all", "All, whatever their status"),
                        ],
                        default="",
                        max_length=40,
                    ),
                ),
                (
                    "sex",
                    models.CharField(
                        blank=True,
                        choices=[("female", "Female"), ("male", "Male"), ("other", "Other"), ("unknown", "Unknown")],
                        default="",
                        max_length=40,
                    ),
                ),
                (
                    "age_group",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("child", "Child (under 18)"),
                            ("adult", "Adult (18 and over)"),
                            ("older_person", "Older person (60 and over)"),
                            ("infant", "Infant"),
                            ("young_child", "Young child"),
                            ("adolescent", "Adolescent"),
                            ("other", "Other"),
                            ("unknown", "Unknown"),
                        ],
                        default="",
                        max_length=40,
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("heavy_weapons_explosives", "Heavy weapons and explosive munitions"),
                            ("planted_explosives", "Planted explosives"),
                            ("small_arms", "Small arms and light weapons"),
                            ("incendiary", "Incendiary weapons"),
                            ("cbrn", "Chemical, biological, radiological or nuclear weapons"),
                            ("less_lethal", "Less-lethal weapons"),
                            ("denial_of_essentials", "Denial of essentials"),
                            ("conflict_accident", "Accident related to the conflict"),
                            ("beating", "Beating"),
                            ("sharp_instrument", "Sharp instrument"),
                            ("burning", "Burning"),
                            ("starvation", "Starvation"),
                            ("objects_other_means", "Objects and other means"),
                            ("other", "Other"),
                            ("unknown", "Unknown"),
                        ],
                        default="",
                        max_length=40,
                    ),
                ),
                (
                    "occupation",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("health", "Health"),
                            ("aid", "Humanitarian aid"),
                            ("journalist", "Journalist"),
                            ("education", "Education"),
                            ("clergy", "Clergy"),
                            ("human_rights", "Human rights"),
                            ("political", "Politics"),
                            ("official", "Public official"),
                            ("other", "Other"),
                            ("unknown", "Unknown"),
                        ],
                        default="",
                        max_length=40,
                    ),
                ),
                ("value", models.PositiveIntegerField(blank=True, null=True)),
                ("low", models.PositiveIntegerField(blank=True, null=True)),
                ("high", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "area",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.adminarea",
                    ),
                ),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="cells", to="incidents.claim"
                    ),
                ),
            ],
            options={
                "ordering": ["claim", "cut", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("value__isnull", False), ("low__isnull", False), ("high__isnull", False), _connector="OR"
                        ),
                        name="claim_cell_has_a_figure",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("low__isnull", True),
                                ("value__isnull", True),
                                ("low__lte", models.F("value")),
                                _connector="OR",
                            ),
                            models.Q(
                                ("value__isnull", True),
                                ("high__isnull", True),
                                ("value__lte", models.F("high")),
                                _connector="OR",
                            ),
                            models.Q(
                                ("low__isnull", True),
                                ("high__isnull", True),
                                ("low__lte", models.F("high")),
                                _connector="OR",
                            ),
                        ),
                        name="claim_cell_ordered",
                    ),
                    models.UniqueConstraint(
                        fields=("claim", "cut", "status", "sex", "age_group", "cause", "occupation", "area"),
                        name="claim_cell_unique_in_area",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("area__isnull", True)),
                        fields=("claim", "cut", "status", "sex", "age_group", "cause", "occupation"),
                        name="claim_cell_unique_without_area",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                [
                                    "",
                                    "civilian",
                                    "other_protected_person",
                                    "military",
                                    "police",
                                    "state_forces",
                                    "nonstate_fighter",
                                    "hors_de_combat",
                                    "other",
                                    "unknown",
                                    "all",
                                ],
                            )
                        ),
                        name="claim_cell_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sex__in", ["", "female", "male", "other", "unknown"])),
                        name="claim_cell_sex_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "age_group__in",
                                [
                                    "",
                                    "child",
                                    "adult",
                                    "older_person",
                                    "infant",
                                    "young_child",
                                    "adolescent",
                                    "other",
                                    "unknown",
                                ],
                            )
                        ),
                        name="claim_cell_age_group_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "cause__in",
                                [
                                    "",
                                    "heavy_weapons_explosives",
                                    "planted_explosives",
                                    "small_arms",
                                    "incendiary",
                                    "cbrn",
                                    "less_lethal",
                                    "denial_of_essentials",
                                    "conflict_accident",
                                    "beating",
                                    "sharp_instrument",
                                    "burning",
                                    "starvation",
                                    "objects_other_means",
                                    "other",
                                    "unknown",
                                ],
                            )
                        ),
                        name="claim_cell_cause_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "occupation__in",
                                [
                                    "",
                                    "health",
                                    "aid",
                                    "journalist",
                                    "education",
                                    "clergy",
                                    "human_rights",
                                    "political",
                                    "official",
                                    "other",
                                    "unknown",
                                ],
                            )
                        ),
                        name="claim_cell_occupation_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CustodyEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("captured", "Captured"),
                            ("hashed", "Hashed"),
                            ("transferred", "Transferred"),
                            ("accessed", "Accessed"),
                            ("verified", "Verified"),
                            ("redacted", "Redacted"),
                        ],
                        max_length=40,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=200)),
                ("note", models.TextField(blank=True, default="")),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="custody_events",
                        to="incidents.document",
                    ),
                ),
            ],
            options={
                "ordering": ["document", "at", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["captured", "hashed", "transferred", "accessed", "verified", "redacted"])
                        ),
                        name="custody_event_kind_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalActor",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("public_id", models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(blank=True, editable=False)),
                ("updated_at", models.DateTimeField(blank=True, editable=False)),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("state_armed", "State armed forces"),
                            ("state_police", "State police"),
                            ("state_intelligence", "State intelligence service"),
                            ("nonstate_armed", "Non-state armed group"),
                            ("progov_paramilitary", "Pro-government paramilitary"),
                            ("vigilante", "Vigilante group"),
                            ("identity_militia", "Identity militia"),
                            ("crowd", "Crowd"),
                            ("foreign_state", "Foreign state forces"),
                            ("private_security", "Private security company"),
                            ("criminal", "Criminal group"),
                            ("private_person", "Private person"),
                            ("other", "Other"),
                            ("unknown", "Unknown"),
                        ],
                        max_length=40,
                    ),
                ),
                (
                    "identification",
                    models.CharField(
                        choices=[
                            ("named_unit", "Named unit"),
                            ("named_group", "Named group"),
                            ("named_institution", "Named institution"),
                            ("category", "Category of persons"),
                            ("unknown", "Unknown"),
                        ],
                        max_length=40,
                    ),
                ),
                ("names", incidents.models.base.TextsField(blank=True, default=dict)),
                ("valid_from", models.DateField(blank=True, null=True)),
                ("valid_to", models.DateField(blank=True, null=True)),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical actor",
                "verbose_name_plural": "historical actors",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalDocument",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("public_id", models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(blank=True, editable=False)),
                ("updated_at", models.DateTimeField(blank=True, editable=False)),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("press_article", "Press article"),
                            ("gov_release", "Government release"),
                            ("ngo_release", "NGO release"),
                            ("un_report", "United Nations report"),
                            ("perpetrator_release", "Release by an alleged perpetrator"),
                            ("testimony", "Testimony"),
                            ("photo", "Photograph"),
                            ("video", "Video"),
                            ("autopsy", "Autopsy"),
                            ("court_record", "Court record"),
                            ("survey", "Survey"),
                            ("dataset", "Dataset"),
                            ("other", "Other"),
                            ("unknown", "Unknown"),
                        ],
                        max_length=40,
                    ),
                ),
                ("title", incidents.models.base.TextsField(blank=True, default=dict)),
                ("language", models.CharField(blank=True, default="", max_length=35)),
                ("published_on", models.DateField(blank=True, null=True)),
                ("url", models.URLField(blank=True, default="", max_length=1000)),
                ("archive_url", models.URLField(blank=True, default="", max_length=1000)),
                ("captured_at", models.DateTimeField(blank=True, null=True)),
                ("sha256", models.CharField(blank=True, default="", max_length=64)),
                (
                    "sha256_of",
                    models.CharField(
                        blank=True, default="", help_text='What was hashed: "text as received".', max_length=200
                    ),
                ),
                (
                    "seen_at",
                    models.CharField(blank=True, default="", help_text="Where the figure was read.", max_length=300),
                ),
                ("rights", models.CharField(blank=True, default="", max_length=500)),
                (
                    "consent",
                    models.CharField(
                        choices=[
                            ("not_needed", "Not needed"),
                            ("public", "Given for the public"),
                            ("partners", "Given for partners only"),
                            ("none", "None"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="not_needed",
                        max_length=40,
                    ),
                ),
                ("public", models.BooleanField(default=True)),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical document",
                "verbose_name_plural": "historical documents",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalInvestigation",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("public_id", models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(blank=True, editable=False)),
                ("updated_at", models.DateTimeField(blank=True, editable=False)),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("national_commission", "National commission"),
                            ("judicial_inquiry", "Judicial inquiry"),
                            ("criminal_investigation", "Criminal investigation"),
                            ("military_inquiry", "Military inquiry"),
                            ("parliamentary_inquiry", "Parliamentary inquiry"),
                            ("un_coi", "UN commission of inquiry"),
                            ("un_ffm", "UN fact-finding mission"),
                            ("un_investigative_mechanism", "UN investigative mechanism"),
                            ("ohchr_monitoring", "OHCHR monitoring"),
                            ("special_rapporteur", "Special rapporteur"),
                            ("regional_body", "Regional body"),
                            ("icc_preliminary_exam", "ICC preliminary examination"),
                            ("icc_situation", "ICC situation"),
                            ("universal_jurisdiction_case", "Universal jurisdiction case"),
                            ("nhri", "National human rights institution"),
                            ("civil_society", "Civil society inquiry"),
                            ("forensic_exhumation", "Forensic exhumation"),
                            ("other", "Other"),
                            ("unknown", "Unknown"),
                        ],
                        max_length=40,
                    ),
                ),
                ("names", incidents.models.base.TextsField(blank=True, default=dict)),
                (
                    "independence",
                    models.CharField(
                        blank=True,
                        choices=[("claimed", "Claimed"), ("assessed", "Assessed")],
                        default="",
                        max_length=40,
                    ),
                ),
                ("independence_note", models.TextField(blank=True, default="")),
                ("mandate", incidents.models.base.TextsField(blank=True, default=dict)),
                ("period_from", models.DateField(blank=True, null=True)),
                ("period_to", models.DateField(blank=True, null=True)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("none_yet", "None yet"),
                            ("facts_established", "Facts established"),
                            ("responsibility_named", "Responsibility named"),
                            ("referred", "Referred"),
                            ("charges", "Charges"),
                            ("convictions", "Convictions"),
                            ("acquittals", "Acquittals"),
                            ("no_finding", "No finding"),
                            ("not_published", "Not published"),
                            ("lapsed", "Lapsed"),
                            ("other", "Other"),
                            ("unknown", "Unknown"),
                        ],
                        default="none_yet",
                        max_length=40,
                    ),
                ),
                (
                    "facts",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text='Counts it reports of its own work: {"testimonies": 938}.',
                        validators=[incidents.models.investigations.validate_counts],
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical investigation",
                "verbose_name_plural": "historical investigations",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalSource",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("public_id", models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(blank=True, editable=False)),
                ("updated_at", models.DateTimeField(blank=True, editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("desk", "The coding desk"),
                            ("unattributed", "Not attributed"),
                            ("community_body", "Community body"),
                            ("local_monitor", "Local monitor"),
                            ("international_ngo", "International NGO"),
                            ("un_body", "United Nations body"),
                            ("government", "Government"),
                            ("media_local", "Local media"),
                            ("media_international", "International media"),
                            ("social_media", "Social media"),
                            ("hospital_morgue", "Hospital or morgue"),
                            ("court", "Court"),
                            ("witness", "Witness"),
                            ("victim_or_family", "Victim or family"),
                            ("academic", "Academic body"),
                            ("dataset", "Dataset"),
                            ("other", "Other"),
                            ("unknown", "Unknown"),
                        ],
                        max_length=40,
                    ),
                ),
                (
                    "names",
                    incidents.models.base.TextsField(
                        blank=True, default=dict, help_text='For example {"en": "Civil Peace Group - Seen"}.'
                    ),
                ),
                (
                    "reliability",
                    models.CharField(
                        choices=[
                            ("A", "A: completely reliable"),
                            ("B", "B: usually reliable"),
                            ("C", "C: fairly reliable"),
                            ("D", "D: not usually reliable"),
                            ("E", "E: unreliable"),
                            ("F", "F: cannot be judged"),
                        ],
                        default="F",
                        help_text="Internal: never published. F where it cannot be judged.",
                        max_length=40,
                    ),
                ),
                ("reliability_reason", models.TextField(blank=True, default="")),
                (
                    "confidential",
                    models.BooleanField(
                        blank=True,
                        help_text="Only its kind is published. Left empty: true for witnesses and families, else false.",
                        null=True,
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "affiliated_with",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="The party to the conflict it belongs to, such as a ministry's forces.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="incidents.actor",
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical source",
                "verbose_name_plural": "historical sources",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Incident",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("killing_event", "Killing event"),
                            ("armed_event", "Armed event"),
                            ("other_harm", "Other harm"),
                            ("body_discovery", "Discovery of bodies"),
                            ("burial", "Burial"),
                            ("aggregate", "Aggregate of events"),
                        ],
                        max_length=40,
                    ),
                ),
                (
                    "title",
                    incidents.models.base.TextsField(
                        blank=True, default=dict, help_text='For example {"en": "Killing of villagers of Tuwaym"}.'
                    ),
                ),
                ("summary", incidents.models.base.TextsField(blank=True, default=dict)),
                ("start_earliest", models.DateField(help_text="For example 2025-03-06.")),
                ("start_latest", models.DateField(blank=True, null=True)),
                ("end_earliest", models.DateField(blank=True, null=True)),
                ("end_latest", models.DateField(blank=True, null=True)),
                (
                    "date_precision",
                    models.CharField(
                        choices=[
                            ("day", "Day"),
                            ("days", "Two to six days"),
                            ("week", "Week"),
                            ("month", "Month"),
                            ("year_or_more", "Year or more"),
                        ],
                        default="day",
                        max_length=40,
                    ),
                ),
                ("ongoing", models.BooleanField(blank=True, help_text="Empty where not known.", null=True)),
                (
                    "country",
                    models.CharField(db_index=True, help_text="ISO 3166 alpha-3, for example SYR.", max_length=3),
                ),
                (
                    "place_text",
                    models.CharField(
                        blank=True, default="", help_text="The place as the source wrote it.", max_length=500
                    ),
                ),
                ("place_names", incidents.models.base.TextsField(blank=True, default=dict)),
                ("latitude", models.FloatField(blank=True, null=True)),
                ("longitude", models.FloatField(blank=True, null=True)),
                (
                    "geo_precision",
                    models.CharField(
                        choices=[
                            ("exact", "Exact"),
                            ("near", "Near (within 25 km)"),
                            ("settlement", "Settlement"),
                            ("settlement_unmatched", "Settlement not found in the gazetteer"),
                            ("adm2", "Second administrative level"),
                            ("adm1", "First administrative level"),
                            ("region", "Region of a country"),
                            ("country", "Country"),
                            ("international", "International"),
                        ],
                        max_length=40,
                    ),
                ),
                ("uncertainty_m", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "geo_method",
                    models.CharField(
                        choices=[
                            ("source", "As the source states it"),
                            ("gazetteer", "Looked up in a gazetteer"),
                            ("geolocated", "Geolocated"),
                            ("centroid", "Centroid of the area"),
                            ("desk", "Set by the desk"),
                        ],
                        default="source",
                        max_length=40,
                    ),
                ),
                (
                    "site_type",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("mass_grave", "Mass grave"),
                            ("collective_grave", "Collective grave"),
                            ("individual_grave", "Individual grave"),
                        ],
                        default="",
                        max_length=40,
                    ),
                ),
                (
                    "clarity",
                    models.CharField(
                        choices=[
                            ("individually_described", "Individually described"),
                            ("summary", "Summary of several events"),
                        ],
                        default="individually_described",
                        max_length=40,
                    ),
                ),
                ("civilian_targeting", models.BooleanField(blank=True, null=True)),
                (
                    "grade",
                    models.CharField(
                        choices=[
                            ("confirmed", "Confirmed"),
                            ("fair", "Fair"),
                            ("weak", "Weak"),
                            ("contested", "Contested"),
                            ("discounted", "Discounted"),
                            ("ungraded", "Ungraded"),
                        ],
                        default="ungraded",
                        max_length=40,
                    ),
                ),
                ("grade_reason", models.TextField(blank=True, default="")),
                (
                    "sensitivity",
                    models.CharField(
                        choices=[
                            ("low", "Low: as published"),
                            ("moderate", "Moderate: settlement"),
                            ("high", "High: district and month"),
                            ("severe", "Severe: province and quarter, totals only"),
                        ],
                        default="low",
                        max_length=40,
                    ),
                ),
                ("published_sensitivity", models.CharField(blank=True, default="", editable=False, max_length=40)),
                ("notes", models.TextField(blank=True, default="", help_text="For the desk: never published.")),
                ("areas", models.ManyToManyField(blank=True, related_name="incidents", to="incidents.adminarea")),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="absorbed",
                        to="incidents.incident",
                    ),
                ),
            ],
            options={
                "ordering": ["-start_earliest", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("start_earliest__isnull", True),
                            ("start_latest__isnull", True),
                            ("start_earliest__lte", models.F("start_latest")),
                            _connector="OR",
                        ),
                        name="incident_start_ordered",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("end_earliest__isnull", True),
                            ("end_latest__isnull", True),
                            ("end_earliest__lte", models.F("end_latest")),
                            _connector="OR",
                        ),
                        name="incident_end_ordered",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("start_earliest__isnull", True),
                            ("end_earliest__isnull", True),
                            ("start_earliest__lte", models.F("end_earliest")),
                            _connector="OR",
                        ),
                        name="incident_ends_after_it_starts_earliest",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("start_latest__isnull", True),
                            ("end_latest__isnull", True),
                            ("start_latest__lte", models.F("end_latest")),
                            _connector="OR",
                        ),
                        name="incident_ends_after_it_starts_latest",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("start_earliest__isnull", True),
                            ("end_latest__isnull", True),
                            ("start_earliest__lte", models.F("end_latest")),
                            _connector="OR",
                        ),
                        name="incident_ends_after_it_starts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("latitude__isnull", True), ("longitude__isnull", True)),
                            models.Q(
                                ("latitude__gte", -90),
                                ("latitude__isnull", False),
                                ("latitude__lte", 90),
                                ("longitude__gte", -180),
                                ("longitude__isnull", False),
                                ("longitude__lte", 180),
                            ),
                            _connector="OR",
                        ),
                        name="incident_point_whole_and_on_earth",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("country__regex", "^[A-Z]{3}$")), name="incident_country_alpha_3"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("merged_into__isnull", True),
                            models.Q(("merged_into", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="incident_not_merged_into_itself",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                ["killing_event", "armed_event", "other_harm", "body_discovery", "burial", "aggregate"],
                            )
                        ),
                        name="incident_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("date_precision__in", ["day", "days", "week", "month", "year_or_more"])),
                        name="incident_date_precision_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "geo_precision__in",
                                [
                                    "exact",
                                    "near",
                                    "settlement",
                                    "settlement_unmatched",
                                    "adm2",
                                    "adm1",
                                    "region",
                                    "country",
                                    "international",
                                ],
                            )
                        ),
                        name="incident_geo_precision_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("geo_method__in", ["source", "gazetteer", "geolocated", "centroid", "desk"])
                        ),
                        name="incident_geo_method_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("site_type__in", ["", "mass_grave", "collective_grave", "individual_grave"])
                        ),
                        name="incident_site_type_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("clarity__in", ["individually_described", "summary"])),
                        name="incident_clarity_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("grade__in", ["confirmed", "fair", "weak", "contested", "discounted", "ungraded"])
                        ),
                        name="incident_grade_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sensitivity__in", ["low", "moderate", "high", "severe"])),
                        name="incident_sensitivity_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalIncident",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("public_id", models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(blank=True, editable=False)),
                ("updated_at", models.DateTimeField(blank=True, editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("killing_event", "Killing event"),
                            ("armed_event", "Armed event"),
                            ("other_harm", "Other harm"),
                            ("body_discovery", "Discovery of bodies"),
                            ("burial", "Burial"),
                            ("aggregate", "Aggregate of events"),
                        ],
                        max_length=40,
                    ),
                ),
                (
                    "title",
                    incidents.models.base.TextsField(
                        blank=True, default=dict, help_text='For example {"en": "Killing of villagers of Tuwaym"}.'
                    ),
                ),
                ("summary", incidents.models.base.TextsField(blank=True, default=dict)),
                ("start_earliest", models.DateField(help_text="For example 2025-03-06.")),
                ("start_latest", models.DateField(blank=True, null=True)),
                ("end_earliest", models.DateField(blank=True, null=True)),
                ("end_latest", models.DateField(blank=True, null=True)),
                (
                    "date_precision",
                    models.CharField(
                        choices=[
                            ("day", "Day"),
                            ("days", "Two to six days"),
                            ("week", "Week"),
                            ("month", "Month"),
                            ("year_or_more", "Year or more"),
                        ],
                        default="day",
                        max_length=40,
                    ),
                ),
                ("ongoing", models.BooleanField(blank=True, help_text="Empty where not known.", null=True)),
                (
                    "country",
                    models.CharField(db_index=True, help_text="ISO 3166 alpha-3, for example SYR.", max_length=3),
                ),
                (
                    "place_text",
                    models.CharField(
                        blank=True, default="", help_text="The place as the source wrote it.", max_length=500
                    ),
                ),
                ("place_names", incidents.models.base.TextsField(blank=True, default=dict)),
                ("latitude", models.FloatField(blank=True, null=True)),
                ("longitude", models.FloatField(blank=True, null=True)),
                (
                    "geo_precision",
                    models.CharField(
                        choices=[
                            ("exact", "Exact"),
                            ("near", "Near (within 25 km)"),
                            ("settlement", "Settlement"),
                            ("settlement_unmatched", "Settlement not found in the gazetteer"),
                            ("adm2", "Second administrative level"),
                            ("adm1", "First administrative level"),
                            ("region", "Region of a country"),
                            ("country", "Country"),
                            ("international", "International"),
                        ],
                        max_length=40,
                    ),
                ),
                ("uncertainty_m", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "geo_method",
                    models.CharField(
                        choices=[
                            ("source", "As the source states it"),
                            ("gazetteer", "Looked up in a gazetteer"),
                            ("geolocated", "Geolocated"),
                            ("centroid", "Centroid of the area"),
                            ("desk", "Set by the desk"),
                        ],
                        default="source",
                        max_length=40,
                    ),
                ),
                (
                    "site_type",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("mass_grave", "Mass grave"),
                            ("collective_grave", "Collective grave"),
                            ("individual_grave", "Individual grave"),
                        ],
                        default="",
                        max_length=40,
                    ),
                ),
                (
                    "clarity",
                    models.CharField(
                        choices=[
                            ("individually_described", "Individually described"),
                            ("summary", "Summary of several events"),
                        ],
                        default="individually_described",
                        max_length=40,
                    ),
                ),
                ("civilian_targeting", models.BooleanField(blank=True, null=True)),
                (
                    "grade",
                    models.CharField(
                        choices=[
                            ("confirmed", "Confirmed"),
                            ("fair", "Fair"),
                            ("weak", "Weak"),
                            ("contested", "Contested"),
                            ("discounted", "Discounted"),
                            ("ungraded", "Ungraded"),
                        ],
                        default="ungraded",
                        max_length=40,
                    ),
                ),
                ("grade_reason", models.TextField(blank=True, default="")),
                (
                    "sensitivity",
                    models.CharField(
                        choices=[
                            ("low", "Low: as published"),
                            ("moderate", "Moderate: settlement"),
                            ("high", "High: district and month"),
                            ("severe", "Severe: province and quarter, totals only"),
                        ],
                        default="low",
                        max_length=40,
                    ),
                ),
                ("published_sensitivity", models.CharField(blank=True, default="", editable=False, max_length=40)),
                ("notes", models.TextField(blank=True, default="", help_text="For the desk: never published.")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="incidents.incident",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical incident",
                "verbose_name_plural": "historical incidents",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="EstimateOverride",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "measure",
                    models.CharField(
                        choices=[
                            ("killed", "Killed"),
                            ("injured", "Injured"),
                            ("missing", "Missing"),
                            ("disappeared", "Forcibly disappeared"),
                            ("abducted", "Abducted"),
                            ("detained", "Detained"),
                            ("tortured", "Tortured"),
                            ("sexual_violence", "Subjected to sexual violence"),
                            ("recruited_children", "Children recruited or used"),
                            ("displaced", "Displaced"),
                            ("buried", "Buried"),
                            ("bodies_found", "Bodies found"),
                            ("localities", "Localities affected"),
                            ("facilities_damaged", "Facilities damaged"),
                            ("other", "Other"),
                            ("unknown", "Unknown"),
                        ],
                        max_length=40,
                    ),
                ),
                (
                    "unit",
                    models.CharField(
                        choices=[
                            ("person", "Person"),
                            ("family", "Family"),
                            ("body", "Body"),
                            ("locality", "Locality"),
                            ("facility", "Facility"),
                        ],
                        default="person",
                        max_length=40,
                    ),
                ),
                (
                    "basis",
                    models.CharField(
                        choices=[
                            ("documented", "Documented"),
                            ("estimated", "Estimated by survey or statistical model"),
                        ],
                        default="documented",
                        max_length=40,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("civilian", "Civilian"),
                            ("other_protected_person", "Other protected person"),
                            ("military", "Military"),
                            ("police", "Police"),
                            ("state_forces", "State forces, branch not stated"),
                            ("nonstate_fighter", "Non-state fighter"),
                            ("hors_de_combat", "Hors de combat"),
                            ("other", "Other"),
                            ("unknown", "Unknown"),
                            ("all", "All, whatever their status"),
                        ],
                        default="all",
                        max_length=40,
                    ),
                ),
                ("low", models.PositiveIntegerField()),
                ("best", models.PositiveIntegerField(blank=True, null=True)),
                ("high", models.PositiveIntegerField()),
                ("role", models.CharField(max_length=100)),
                ("reason", models.TextField()),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="overrides", to="incidents.incident"
                    ),
                ),
            ],
            options={
                "ordering": ["incident", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("low__lte", models.F("high")),
                            models.Q(
                                ("best__isnull", True),
                                models.Q(("best__lte", models.F("high")), ("low__lte", models.F("best"))),
                                _connector="OR",
                            ),
                        ),
                        name="override_ordered",
                    ),
                    models.UniqueConstraint(
                        fields=("incident", "measure", "unit", "basis", "status"), name="override_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "measure__in",
                                [
                                    "killed",
                                    "injured",
                                    "missing",
                                    "disappeared",
                                    "abducted",
                                    "detained",
                                    "tortured",
                                    "sexual_violence",
                                    "recruited_children",
                                    "displaced",
                                    "buried",
                                    "bodies_found",
                                    "localities",
                                    "facilities_damaged",
                                    "other",
                                    "unknown",
                                ],
                            )
                        ),
                        name="override_measure_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("unit__in", ["person", "family", "body", "locality", "facility"])),
                        name="override_unit_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("basis__in", ["documented", "estimated"])), name="override_basis_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                [
                                    "civilian",
                                    "other_protected_person",
                                    "military",
                                    "police",
                                    "state_forces",
                                    "nonstate_fighter",
                                    "hors_de_combat",
                                    "other",
                                    "unknown",
                                    "all",
                                ],
                            )
                        ),
                        name="override_status_known",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="claim",
            name="incident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="claims", to="incidents.incident"
            ),
        ),
        migrations.CreateModel(
            name="Attribution",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("directly_carried_out", "Directly carried out the act"),
                            ("ordered", "Ordered the act"),
                            ("planned", "Planned the act"),
                            ("aided", "Aided the act"),
                            ("present", "Was present"),
                            ("suspected", "Suspected of the act"),
                            ("failed_to_control", "Failed to control subordinates"),
                            ("knew_and_did_not_act", "Knew and did not act"),
                            ("failed_to_prevent", "Failed to prevent the act"),
                            ("party", "Party to the fighting"),
                            ("other", "Other"),
                            ("unknown", "Unknown"),
                        ],
                        max_length=40,
                    ),
                ),
                (
                    "position",
                    models.CharField(
                        choices=[
                            ("alleges", "Alleges"),
                            ("accepts", "Accepts responsibility"),
                            ("denies_act", "Denies the act"),
                            ("denies_responsibility", "Denies responsibility"),
                            ("alternative_explanation", "Gives another explanation"),
                            ("silent", "Silent"),
                            ("found", "Found by a mandated body"),
                        ],
                        default="alleges",
                        max_length=40,
                    ),
                ),
                (
                    "extent",
                    models.CharField(
                        choices=[("whole", "The whole incident"), ("part", "A part of it"), ("unstated", "Not stated")],
                        default="unstated",
                        max_length=40,
                    ),
                ),
                (
                    "confidence",
                    models.CharField(
                        choices=[
                            ("almost_certain", "Almost certain"),
                            ("very_likely", "Very likely"),
                            ("likely", "Likely"),
                            ("even", "Roughly even chance"),
                            ("unlikely", "Unlikely"),
                            ("very_unlikely", "Very unlikely"),
                            ("none_stated", "None stated"),
                        ],
                        default="none_stated",
                        max_length=40,
                    ),
                ),
                (
                    "standard_of_proof",
                    models.CharField(
                        choices=[
                            ("none_stated", "None stated"),
                            ("reasonable_suspicion", "Reasonable suspicion"),
                            ("reasonable_grounds", "Reasonable grounds to believe"),
                            ("balance_of_probabilities", "Balance of probabilities"),
                            ("clear_and_convincing", "Clear and convincing evidence"),
                            ("beyond_reasonable_doubt", "Beyond reasonable doubt"),
                        ],
                        default="none_stated",
                        max_length=40,
                    ),
                ),
                ("as_of", models.DateField(blank=True, null=True)),
                (
                    "actor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="attributions", to="incidents.actor"
                    ),
                ),
                (
                    "supersedes",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="superseded_by",
                        to="incidents.attribution",
                    ),
                ),
                (
                    "claim",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="attributions",
                        to="incidents.claim",
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attributions",
                        to="incidents.document",
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attributions",
                        to="incidents.incident",
                    ),
                ),
            ],
            options={
                "ordering": ["incident", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("supersedes__isnull", True),
                            models.Q(("supersedes", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="attribution_supersedes_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "role__in",
                                [
                                    "directly_carried_out",
                                    "ordered",
                                    "planned",
                                    "aided",
                                    "present",
                                    "suspected",
                                    "failed_to_control",
                                    "knew_and_did_not_act",
                                    "failed_to_prevent",
                                    "party",
                                    "other",
                                    "unknown",
                                ],
                            )
                        ),
                        name="attribution_role_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "position__in",
                                [
                                    "alleges",
                                    "accepts",
                                    "denies_act",
                                    "denies_responsibility",
                                    "alternative_explanation",
                                    "silent",
                                    "found",
                                ],
                            )
                        ),
                        name="attribution_position_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("extent__in", ["whole", "part", "unstated"])),
                        name="attribution_extent_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "confidence__in",
                                [
                                    "almost_certain",
                                    "very_likely",
                                    "likely",
                                    "even",
                                    "unlikely",
                                    "very_unlikely",
                                    "none_stated",
                                ],
                            )
                        ),
                        name="attribution_confidence_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "standard_of_proof__in",
                                [
                                    "none_stated",
                                    "reasonable_suspicion",
                                    "reasonable_grounds",
                                    "balance_of_probabilities",
                                    "clear_and_convincing",
                                    "beyond_reasonable_doubt",
                                ],
                            )
                        ),
                        name="attribution_standard_of_proof_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="IncidentAct",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("execution_summary", "Summary execution"),
                            ("execution_extrajudicial", "Extrajudicial execution"),
                            ("killing_individual", "Killing of individuals"),
                            ("killing_group_targeted", "Killing of a targeted group"),
                            ("killing_in_conflict", "Killing in conflict"),
                            ("massacre", "Massacre"),
                            ("indiscriminate_attack", "Indiscriminate attack"),
                            ("armed_clash", "Armed clash"),
                            ("air_drone_strike", "Air or drone strike"),
                            ("shelling", "Shelling"),
                            ("explosive_device_landmine", "Explosive device or landmine"),
                            ("disappearance", "Disappearance"),
                            ("abduction", "Abduction"),
                            ("torture", "Torture"),
                            ("sexual_violence", "Sexual violence"),
                            ("detention_arbitrary", "Arbitrary detention"),
                            ("displacement_forced", "Forced displacement"),
                            ("looting", "Looting"),
                            ("property_destruction", "Destruction of property"),
                            ("attack_on_health", "Attack on health care"),
                            ("attack_on_education", "Attack on education"),
                            ("attack_on_aid", "Attack on humanitarian aid"),
                            ("desecration", "Desecration"),
                            ("other", "Other"),
                            ("unknown", "Unknown"),
                        ],
                        max_length=40,
                    ),
                ),
                (
                    "standard_of_proof",
                    models.CharField(
                        choices=[
                            ("none_stated", "None stated"),
                            ("reasonable_suspicion", "Reasonable suspicion"),
                            ("reasonable_grounds", "Reasonable grounds to believe"),
                            ("balance_of_probabilities", "Balance of probabilities"),
                            ("clear_and_convincing", "Clear and convincing evidence"),
                            ("beyond_reasonable_doubt", "Beyond reasonable doubt"),
                        ],
                        default="none_stated",
                        max_length=40,
                    ),
                ),
                ("rank", models.PositiveSmallIntegerField(default=1)),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="incidents.document"
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="acts", to="incidents.incident"
                    ),
                ),
            ],
            options={
                "ordering": ["incident", "rank", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=("incident", "rank"), name="incident_act_rank_unique"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "act__in",
                                [
                                    "execution_summary",
                                    "execution_extrajudicial",
                                    "killing_individual",
                                    "killing_group_targeted",
                                    "killing_in_conflict",
                                    "massacre",
                                    "indiscriminate_attack",
                                    "armed_clash",
                                    "air_drone_strike",
                                    "shelling",
                                    "explosive_device_landmine",
                                    "disappearance",
                                    "abduction",
                                    "torture",
                                    "sexual_violence",
                                    "detention_arbitrary",
                                    "displacement_forced",
                                    "looting",
                                    "property_destruction",
                                    "attack_on_health",
                                    "attack_on_education",
                                    "attack_on_aid",
                                    "desecration",
                                    "other",
                                    "unknown",
                                ],
                            )
                        ),
                        name="incident_act_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "standard_of_proof__in",
                                [
                                    "none_stated",
                                    "reasonable_suspicion",
                                    "reasonable_grounds",
                                    "balance_of_probabilities",
                                    "clear_and_convincing",
                                    "beyond_reasonable_doubt",
                                ],
                            )
                        ),
                        name="incident_act_proof_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="IncidentReference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("scheme", models.SlugField(max_length=40)),
                ("key", models.CharField(max_length=200)),
                ("identifies", models.BooleanField(default=True)),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="references", to="incidents.incident"
                    ),
                ),
            ],
            options={
                "ordering": ["scheme", "key"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("identifies", True)),
                        fields=("scheme", "key"),
                        name="incident_reference_unique",
                    ),
                    models.UniqueConstraint(fields=("incident", "scheme", "key"), name="incident_reference_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="IncidentRelation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("contains", "Contains"),
                            ("evidenced_by", "Evidenced by"),
                            ("precedes", "Precedes"),
                            ("causes", "Causes"),
                            ("parallel", "Parallel to"),
                            ("possible_duplicate", "Possible duplicate of"),
                        ],
                        max_length=40,
                    ),
                ),
                (
                    "certainty",
                    models.CharField(
                        choices=[("confirmed", "Confirmed"), ("probable", "Probable"), ("possible", "Possible")],
                        max_length=40,
                    ),
                ),
                ("reason", models.TextField(blank=True, default="")),
                (
                    "from_incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="relations_out",
                        to="incidents.incident",
                    ),
                ),
                (
                    "to_incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="relations_in",
                        to="incidents.incident",
                    ),
                ),
            ],
            options={
                "ordering": ["from_incident", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("from_incident", "to_incident", "type"), name="incident_relation_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("from_incident", models.F("to_incident")), _negated=True),
                        name="incident_relation_between_two",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "type__in",
                                ["contains", "evidenced_by", "precedes", "causes", "parallel", "possible_duplicate"],
                            )
                        ),
                        name="incident_relation_type_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("certainty__in", ["confirmed", "probable", "possible"])),
                        name="incident_relation_certainty_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Investigation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("national_commission", "National commission"),
                            ("judicial_inquiry", "Judicial inquiry"),
                            ("criminal_investigation", "Criminal investigation"),
                            ("military_inquiry", "Military inquiry"),
                            ("parliamentary_inquiry", "Parliamentary inquiry"),
                            ("un_coi", "UN commission of inquiry"),
                            ("un_ffm", "UN fact-finding mission"),
                            ("un_investigative_mechanism", "UN investigative mechanism"),
                            ("ohchr_monitoring", "OHCHR monitoring"),
                            ("special_rapporteur", "Special rapporteur"),
                            ("regional_body", "Regional body"),
                            ("icc_preliminary_exam", "ICC preliminary examination"),
                            ("icc_situation", "ICC situation"),
                            ("universal_jurisdiction_case", "Universal jurisdiction case"),
                            ("nhri", "National human rights institution"),
                            ("civil_society", "Civil society inquiry"),
                            ("forensic_exhumation", "Forensic exhumation"),
                            ("other", "Other"),
                            ("unknown", "Unknown"),
                        ],
                        max_length=40,
                    ),
                ),
                ("names", incidents.models.base.TextsField(blank=True, default=dict)),
                (
                    "independence",
                    models.CharField(
                        blank=True,
                        choices=[("claimed", "Claimed"), ("assessed", "Assessed")],
                        default="",
                        max_length=40,
                    ),
                ),
                ("independence_note", models.TextField(blank=True, default="")),
                ("mandate", incidents.models.base.TextsField(blank=True, default=dict)),
                ("period_from", models.DateField(blank=True, null=True)),
                ("period_to", models.DateField(blank=True, null=True)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("none_yet", "None yet"),
                            ("facts_established", "Facts established"),
                            ("responsibility_named", "Responsibility named"),
                            ("referred", "Referred"),
                            ("charges", "Charges"),
                            ("convictions", "Convictions"),
                            ("acquittals", "Acquittals"),
                            ("no_finding", "No finding"),
                            ("not_published", "Not published"),
                            ("lapsed", "Lapsed"),
                            ("other", "Other"),
                            ("unknown", "Unknown"),
                        ],
                        default="none_yet",
                        max_length=40,
                    ),
                ),
                (
                    "facts",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text='Counts it reports of its own work: {"testimonies": 938}.',
                        validators=[incidents.models.investigations.validate_counts],
                    ),
                ),
                ("areas", models.ManyToManyField(blank=True, related_name="+", to="incidents.adminarea")),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "type__in",
                                [
                                    "national_commission",
                                    "judicial_inquiry",
                                    "criminal_investigation",
                                    "military_inquiry",
                                    "parliamentary_inquiry",
                                    "un_coi",
                                    "un_ffm",
                                    "un_investigative_mechanism",
                                    "ohchr_monitoring",
                                    "special_rapporteur",
                                    "regional_body",
                                    "icc_preliminary_exam",
                                    "icc_situation",
                                    "universal_jurisdiction_case",
                                    "nhri",
                                    "civil_society",
                                    "forensic_exhumation",
                                    "other",
                                    "unknown",
                                ],
                            )
                        ),
                        name="investigation_type_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("independence__in", ["", "claimed", "assessed"])),
                        name="investigation_independence_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "outcome__in",
                                [
                                    "none_yet",
                                    "facts_established",
                                    "responsibility_named",
                                    "referred",
                                    "charges",
                                    "convictions",
                                    "acquittals",
                                    "no_finding",
                                    "not_published",
                                    "lapsed",
                                    "other",
                                    "unknown",
                                ],
                            )
                        ),
                        name="investigation_outcome_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("period_from__isnull", True),
                            ("period_to__isnull", True),
                            ("period_from__lte", models.F("period_to")),
                            _connector="OR",
                        ),
                        name="investigation_period_ordered",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalClaim",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("public_id", models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(blank=True, editable=False)),
                ("updated_at", models.DateTimeField(blank=True, editable=False)),
                (
                    "locator",
                    models.CharField(blank=True, default="", help_text="Page, paragraph or timecode.", max_length=200),
                ),
                (
                    "quote",
                    models.TextField(blank=True, default="", help_text="At most 25 words, in the original language."),
                ),
                (
                    "measure",
                    models.CharField(
                        choices=[
                            ("killed", "Killed"),
                            ("injured", "Injured"),
                            ("missing", "Missing"),
                            ("disappeared", "Forcibly disappeared"),
                            ("abducted", "Abducted"),
                            ("detained", "Detained"),
                            ("tortured", "Tortured"),
                            ("sexual_violence", "Subjected to sexual violence"),
                            ("recruited_children", "Children recruited or used"),
                            ("displaced", "Displaced"),
                            ("buried", "Buried"),
                            ("bodies_found", "Bodies found"),
                            ("localities", "Localities affected"),
                            ("facilities_damaged", "Facilities damaged"),
                            ("other", "Other"),
                            ("unknown", "Unknown"),
                        ],
                        max_length=40,
                    ),
                ),
                (
                    "unit",
                    models.CharField(
                        choices=[
                            ("person", "Person"),
                            ("family", "Family"),
                            ("body", "Body"),
                            ("locality", "Locality"),
                            ("facility", "Facility"),
                        ],
                        default="person",
                        max_length=40,
                    ),
                ),
                ("unit_as_written", models.CharField(blank=True, default="", max_length=100)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("civilian", "Civilian"),
                            ("other_protected_person", "Other protected person"),
                            ("military", "Military"),
                            ("police", "Police"),
                            ("state_forces", "State forces, branch not stated"),
                            ("nonstate_fighter", "Non-state fighter"),
                            ("hors_de_combat", "Hors de combat"),
                            ("other", "Other"),
                            ("unknown", "Unknown"),
                            ("all", "All, whatever their status"),
                        ],
                        default="all",
                        max_length=40,
                    ),
                ),
                (
                    "status_basis",
                    models.CharField(
                        choices=[("stated", "Stated by the source"), ("inferred", "Inferred by the desk")],
                        default="stated",
                        max_length=40,
                    ),
                ),
                (
                    "qualifier",
                    models.CharField(
                        choices=[
                            ("exact", "Exactly"),
                            ("about", "About"),
                            ("nearly", "Nearly"),
                            ("at_least", "At least"),
                            ("more_than", "More than"),
                            ("at_most", "At most"),
                            ("range", "Between two figures"),
                            ("vague", "A word, not a number"),
                        ],
                        max_length=40,
                    ),
                ),
                ("value", models.PositiveIntegerField(blank=True, null=True)),
                ("low", models.PositiveIntegerField(blank=True, null=True)),
                ("high", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "vague_term",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("dozens", "Dozens (24 to 99)"),
                            ("scores", "Scores (40 to 99)"),
                            ("hundreds", "Hundreds (200 to 999)"),
                            ("thousands", "Thousands (2,000 to 9,999)"),
                        ],
                        default="",
                        max_length=40,
                    ),
                ),
                ("as_of", models.DateField(blank=True, null=True)),
                ("covers_from", models.DateField(blank=True, null=True)),
                ("covers_to", models.DateField(blank=True, null=True)),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("same", "The incident itself"),
                            ("narrower", "A part of the incident"),
                            ("wider", "More than the incident"),
                            ("unknown", "Not known"),
                        ],
                        default="same",
                        help_text="Does the figure count this incident, a part of it, or more?",
                        max_length=40,
                    ),
                ),
                ("interim", models.BooleanField(default=False, help_text="The source says that counting goes on.")),
                (
                    "running_total",
                    models.BooleanField(default=False, help_text="It counts beyond the incident's own interval."),
                ),
                ("method", models.CharField(blank=True, default="", max_length=100)),
                (
                    "basis",
                    models.CharField(
                        choices=[
                            ("documented", "Documented"),
                            ("estimated", "Estimated by survey or statistical model"),
                        ],
                        default="documented",
                        max_length=40,
                    ),
                ),
                (
                    "credibility",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("1", "1: confirmed by other sources"),
                            ("2", "2: probably true"),
                            ("3", "3: possibly true"),
                            ("4", "4: doubtful"),
                            ("5", "5: improbable"),
                            ("6", "6: cannot be judged"),
                        ],
                        default="",
                        max_length=40,
                    ),
                ),
                (
                    "standard_of_proof",
                    models.CharField(
                        choices=[
                            ("none_stated", "None stated"),
                            ("reasonable_suspicion", "Reasonable suspicion"),
                            ("reasonable_grounds", "Reasonable grounds to believe"),
                            ("balance_of_probabilities", "Balance of probabilities"),
                            ("clear_and_convincing", "Clear and convincing evidence"),
                            ("beyond_reasonable_doubt", "Beyond reasonable doubt"),
                        ],
                        default="none_stated",
                        max_length=40,
                    ),
                ),
                (
                    "based_on",
                    models.JSONField(blank=True, default=list, help_text="Whom it says it relied on, as written."),
                ),
                (
                    "based_on_dates",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="The dates of what it relied on, as given; null where not known.",
                    ),
                ),
                ("retracted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "retracted_by",
                    models.CharField(
                        blank=True,
                        choices=[("source", "By the source"), ("desk", "By the desk")],
                        default="",
                        max_length=40,
                    ),
                ),
                ("retraction_reason", models.TextField(blank=True, default="")),
                (
                    "origin",
                    models.CharField(
                        choices=[("entered", "Entered"), ("submitted", "Submitted"), ("imported", "Imported")],
                        default="entered",
                        max_length=40,
                    ),
                ),
                ("public", models.BooleanField(default=True)),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "document",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="incidents.document",
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "inferred_from",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="The claim from which the desk reads this one: buried, so killed.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="incidents.claim",
                    ),
                ),
                (
                    "relays",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="The claim that this one repeats.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="incidents.claim",
                    ),
                ),
                (
                    "supersedes",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="incidents.claim",
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="incidents.incident",
                    ),
                ),
                (
                    "investigation",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="incidents.investigation",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical claim",
                "verbose_name_plural": "historical claims",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalAttribution",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("public_id", models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(blank=True, editable=False)),
                ("updated_at", models.DateTimeField(blank=True, editable=False)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("directly_carried_out", "Directly carried out the act"),
                            ("ordered", "Ordered the act"),
                            ("planned", "Planned the act"),
                            ("aided", "Aided the act"),
                            ("present", "Was present"),
                            ("suspected", "Suspected of the act"),
                            ("failed_to_control", "Failed to control subordinates"),
                            ("knew_and_did_not_act", "Knew and did not act"),
                            ("failed_to_prevent", "Failed to prevent the act"),
                            ("party", "Party to the fighting"),
                            ("other", "Other"),
                            ("unknown", "Unknown"),
                        ],
                        max_length=40,
                    ),
                ),
                (
                    "position",
                    models.CharField(
                        choices=[
                            ("alleges", "Alleges"),
                            ("accepts", "Accepts responsibility"),
                            ("denies_act", "Denies the act"),
                            ("denies_responsibility", "Denies responsibility"),
                            ("alternative_explanation", "Gives another explanation"),
                            ("silent", "Silent"),
                            ("found", "Found by a mandated body"),
                        ],
                        default="alleges",
                        max_length=40,
                    ),
                ),
                (
                    "extent",
                    models.CharField(
                        choices=[("whole", "The whole incident"), ("part", "A part of it"), ("unstated", "Not stated")],
                        default="unstated",
                        max_length=40,
                    ),
                ),
                (
                    "confidence",
                    models.CharField(
                        choices=[
                            ("almost_certain", "Almost certain"),
                            ("very_likely", "Very likely"),
                            ("likely", "Likely"),
                            ("even", "Roughly even chance"),
                            ("unlikely", "Unlikely"),
                            ("very_unlikely", "Very unlikely"),
                            ("none_stated", "None stated"),
                        ],
                        default="none_stated",
                        max_length=40,
                    ),
                ),
                (
                    "standard_of_proof",
                    models.CharField(
                        choices=[
                            ("none_stated", "None stated"),
                            ("reasonable_suspicion", "Reasonable suspicion"),
                            ("reasonable_grounds", "Reasonable grounds to believe"),
                            ("balance_of_probabilities", "Balance of probabilities"),
                            ("clear_and_convincing", "Clear and convincing evidence"),
                            ("beyond_reasonable_doubt", "Beyond reasonable doubt"),
                        ],
                        default="none_stated",
                        max_length=40,
                    ),
                ),
                ("as_of", models.DateField(blank=True, null=True)),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="incidents.actor",
                    ),
                ),
                (
                    "claim",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="incidents.claim",
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="incidents.document",
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "supersedes",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="incidents.attribution",
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="incidents.incident",
                    ),
                ),
                (
                    "investigation",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="incidents.investigation",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical attribution",
                "verbose_name_plural": "historical attributions",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.AddField(
            model_name="claim",
            name="investigation",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="findings",
                to="incidents.investigation",
            ),
        ),
        migrations.AddField(
            model_name="attribution",
            name="investigation",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="attributions",
                to="incidents.investigation",
            ),
        ),
        migrations.CreateModel(
            name="InvestigationEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("called_for", "Called for"),
                            ("announced", "Announced"),
                            ("established", "Established"),
                            ("members_named", "Members named"),
                            ("started", "Started"),
                            ("extended", "Extended"),
                            ("interim_report", "Interim report"),
                            ("report_submitted", "Report submitted"),
                            ("findings_presented", "Findings presented"),
                            ("report_published", "Report published"),
                            ("findings_rejected", "Findings rejected"),
                            ("referred", "Referred"),
                            ("indictment", "Indictment"),
                            ("trial", "Trial"),
                            ("judgment", "Judgment"),
                            ("closed", "Closed"),
                            ("lapsed", "Lapsed"),
                        ],
                        max_length=40,
                    ),
                ),
                ("on", models.DateField(blank=True, null=True)),
                ("note", models.CharField(blank=True, default="", max_length=500)),
                (
                    "document",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.document",
                    ),
                ),
                (
                    "investigation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="events", to="incidents.investigation"
                    ),
                ),
            ],
            options={
                "ordering": ["investigation", "on", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "called_for",
                                    "announced",
                                    "established",
                                    "members_named",
                                    "started",
                                    "extended",
                                    "interim_report",
                                    "report_submitted",
                                    "findings_presented",
                                    "report_published",
                                    "findings_rejected",
                                    "referred",
                                    "indictment",
                                    "trial",
                                    "judgment",
                                    "closed",
                                    "lapsed",
                                ],
                            )
                        ),
                        name="investigation_event_kind_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Deadline",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seq", models.PositiveSmallIntegerField()),
                ("due_on", models.DateField()),
                ("basis", models.CharField(blank=True, default="", max_length=300)),
                ("assumed", models.BooleanField(default=False)),
                (
                    "investigation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deadlines",
                        to="incidents.investigation",
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deadlines",
                        to="incidents.investigationevent",
                    ),
                ),
            ],
            options={
                "ordering": ["investigation", "seq"],
                "constraints": [models.UniqueConstraint(fields=("investigation", "seq"), name="deadline_seq_unique")],
            },
        ),
        migrations.CreateModel(
            name="LogHead",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField(default=0)),
                (
                    "hash",
                    models.CharField(
                        default="0000000000000000000000000000000000000000000000000000000000000000", max_length=64
                    ),
                ),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="log_head_is_one")],
            },
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("field_choices", models.JSONField(blank=True, default=dict)),
                ("moved_claims", models.JSONField(blank=True, default=list)),
                ("reason", models.TextField()),
                ("merged_at", models.DateTimeField(auto_now_add=True)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                (
                    "absorbed",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="merges_lost", to="incidents.incident"
                    ),
                ),
                (
                    "merged_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "survivor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="merges_won", to="incidents.incident"
                    ),
                ),
            ],
            options={
                "ordering": ["-merged_at", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("survivor", models.F("absorbed")), _negated=True), name="merge_between_two"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at__isnull", True)), fields=("absorbed",), name="merge_absorbs_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PublicationBody",
            fields=[
                (
                    "publication",
                    models.OneToOneField(
                        db_column="seq",
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="body",
                        serialize=False,
                        to="incidents.publication",
                    ),
                ),
                ("salt", models.CharField(max_length=32, null=True)),
                ("document", models.TextField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="publiccontainment",
            name="ancestor",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="contained", to="incidents.publicincident"
            ),
        ),
        migrations.AddField(
            model_name="publiccontainment",
            name="descendant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="containers", to="incidents.publicincident"
            ),
        ),
        migrations.AddField(
            model_name="publicclaim",
            name="incident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="claims", to="incidents.publicincident"
            ),
        ),
        migrations.AddField(
            model_name="publicincidentact",
            name="incident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="acts", to="incidents.publicincident"
            ),
        ),
        migrations.AddField(
            model_name="publicincidentactor",
            name="incident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="actors", to="incidents.publicincident"
            ),
        ),
        migrations.AddField(
            model_name="publicincidentarea",
            name="incident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="areas", to="incidents.publicincident"
            ),
        ),
        migrations.AddField(
            model_name="publicincidentreference",
            name="incident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="references", to="incidents.publicincident"
            ),
        ),
        migrations.AddField(
            model_name="publicinvestigationincident",
            name="investigation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="incidents",
                to="incidents.publicinvestigation",
            ),
        ),
        migrations.AddField(
            model_name="recommendation",
            name="document",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="incidents.document",
            ),
        ),
        migrations.AddField(
            model_name="recommendation",
            name="investigation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="recommendations",
                to="incidents.investigation",
            ),
        ),
        migrations.AddField(
            model_name="scope",
            name="actor",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="scopes",
                to="incidents.actor",
            ),
        ),
        migrations.AddField(
            model_name="scope",
            name="incident",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="scopes",
                to="incidents.incident",
            ),
        ),
        migrations.AddField(
            model_name="scope",
            name="investigation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="scopes", to="incidents.investigation"
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="affiliated_with",
            field=models.ForeignKey(
                blank=True,
                help_text="The party to the conflict it belongs to, such as a ministry's forces.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="affiliated_sources",
                to="incidents.actor",
            ),
        ),
        migrations.AddField(
            model_name="investigationevent",
            name="by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="incidents.source",
            ),
        ),
        migrations.AddField(
            model_name="investigationevent",
            name="reported_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="incidents.source",
            ),
        ),
        migrations.AddField(
            model_name="investigation",
            name="body",
            field=models.ForeignKey(
                blank=True,
                help_text="The source that speaks for the body, where it asserts figures itself.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="investigations",
                to="incidents.source",
            ),
        ),
        migrations.AddField(
            model_name="investigation",
            name="established_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="established",
                to="incidents.source",
            ),
        ),
        migrations.AddField(
            model_name="incidentrelation",
            name="asserted_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="incidents.source"
            ),
        ),
        migrations.AddField(
            model_name="incidentact",
            name="asserted_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="incidents.source"
            ),
        ),
        migrations.AddField(
            model_name="historicalinvestigation",
            name="body",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                help_text="The source that speaks for the body, where it asserts figures itself.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="incidents.source",
            ),
        ),
        migrations.AddField(
            model_name="historicalinvestigation",
            name="established_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="incidents.source",
            ),
        ),
        migrations.AddField(
            model_name="historicaldocument",
            name="publisher",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="incidents.source",
            ),
        ),
        migrations.AddField(
            model_name="historicalclaim",
            name="asserted_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="incidents.source",
            ),
        ),
        migrations.AddField(
            model_name="historicalattribution",
            name="asserted_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="incidents.source",
            ),
        ),
        migrations.AddField(
            model_name="document",
            name="publisher",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="documents", to="incidents.source"
            ),
        ),
        migrations.AddField(
            model_name="claim",
            name="asserted_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="claims", to="incidents.source"
            ),
        ),
        migrations.AddField(
            model_name="claim",
            name="corroborated_by",
            field=models.ManyToManyField(blank=True, related_name="corroborates", to="incidents.source"),
        ),
        migrations.AddField(
            model_name="attribution",
            name="asserted_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="attributions", to="incidents.source"
            ),
        ),
        migrations.AddField(
            model_name="statement",
            name="about",
            field=models.ManyToManyField(blank=True, related_name="statements", to="incidents.incident"),
        ),
        migrations.AddField(
            model_name="statement",
            name="answer_asserted_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="incidents.source",
            ),
        ),
        migrations.AddField(
            model_name="statement",
            name="answered_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="answers",
                to="incidents.investigation",
            ),
        ),
        migrations.AddField(
            model_name="statement",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="statements", to="incidents.source"
            ),
        ),
        migrations.AddField(
            model_name="statement",
            name="document",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="incidents.document"
            ),
        ),
        migrations.AddField(
            model_name="tally",
            name="incident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="tallies", to="incidents.publicincident"
            ),
        ),
        migrations.AddField(
            model_name="targetedgroup",
            name="asserted_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="incidents.source"
            ),
        ),
        migrations.AddField(
            model_name="targetedgroup",
            name="document",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="incidents.document"
            ),
        ),
        migrations.AddField(
            model_name="targetedgroup",
            name="incident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="targeted_groups", to="incidents.incident"
            ),
        ),
        migrations.AddField(
            model_name="termlabel",
            name="term",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="labels", to="incidents.term"
            ),
        ),
        migrations.AddField(
            model_name="termmapping",
            name="term",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="mappings", to="incidents.term"
            ),
        ),
        migrations.AddConstraint(
            model_name="publiccontainment",
            constraint=models.UniqueConstraint(fields=("ancestor", "descendant"), name="pub_containment_unique"),
        ),
        migrations.AddIndex(
            model_name="publicincidentact",
            index=models.Index(fields=["act", "incident"], name="pub_act_by_act"),
        ),
        migrations.AddIndex(
            model_name="publicincidentactor",
            index=models.Index(fields=["actor_id", "incident"], name="pub_actor_by_actor"),
        ),
        migrations.AddIndex(
            model_name="publicincidentactor",
            index=models.Index(fields=["actor_type", "incident"], name="pub_actor_by_type"),
        ),
        migrations.AddIndex(
            model_name="publicincidentarea",
            index=models.Index(fields=["pcode", "incident"], name="pub_area_by_pcode"),
        ),
        migrations.AddConstraint(
            model_name="publicincidentarea",
            constraint=models.UniqueConstraint(
                fields=("incident", "own_pcode", "pcode", "itemised"), name="pub_area_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="scope",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("actor__isnull", True), ("incident__isnull", False)),
                    models.Q(("actor__isnull", False), ("incident__isnull", True)),
                    _connector="OR",
                ),
                name="scope_of_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="scope",
            constraint=models.UniqueConstraint(fields=("investigation", "incident"), name="scope_incident_once"),
        ),
        migrations.AddConstraint(
            model_name="scope",
            constraint=models.UniqueConstraint(fields=("investigation", "actor"), name="scope_actor_once"),
        ),
        migrations.AddConstraint(
            model_name="incidentact",
            constraint=models.UniqueConstraint(
                fields=("incident", "act", "asserted_by", "document"), name="incident_act_once"
            ),
        ),
        migrations.AddIndex(
            model_name="tally",
            index=models.Index(fields=["measure", "of_status", "dimension", "incident"], name="tally_by_measure"),
        ),
        migrations.AddConstraint(
            model_name="termlabel",
            constraint=models.UniqueConstraint(fields=("term", "language"), name="term_label_per_language"),
        ),
        migrations.AddConstraint(
            model_name="termmapping",
            constraint=models.UniqueConstraint(fields=("term", "scheme", "code"), name="term_mapping_once"),
        ),
    ]
