"""The gazetteer: countries and administrative areas, their names, and who lies below whom.

Reference data with P-codes as public keys, loaded by `load_gazetteer`; the place of an incident
is stored with the incident.
"""

from collections import defaultdict
from typing import Any, ClassVar, Self

from django.db import connections, models, transaction
from django.db.models import Case, F, Min, Q, Value, When
from django.utils.translation import gettext_lazy as _

from incidents.models.base import TextsField, name_of, one_of, ordered
from incidents.models.folding import fold

SEARCH_LENGTH = 200

# Words that say what kind of unit is named, in search normal form: "Hama Governorate" is Hama.
UNIT_WORDS = frozenset(
    {
        "governorate",
        "province",
        "district",
        "subdistrict",
        "state",
        "division",
        "region",
        "prefecture",
        "subprefecture",
        "muhafazat",
        "mintaqat",
        "nahiyat",
        "markaz",
        "محافظه",
        "منطقه",
        "ناحيه",
        "مركز",
    }
)


def core_name(folded: str) -> str:
    """A folded name without the words for a kind of unit; all of it if nothing else is left."""
    core = " ".join(word for word in folded.split() if word not in UNIT_WORDS)
    return core or folded


class AdminAreaQuerySet(models.QuerySet["AdminArea"]):
    """Searching and matching areas by their names, and walking up and down by P-code."""

    def search(self, text: str) -> Self:
        """Areas one of whose names contains `text`: exact first, then beginnings, then the rest.

        Spelling is compared in search normal form; within a rank higher units come first. A text
        without a letter or digit, or longer than any name, finds nothing.
        """
        folded = fold(text[: SEARCH_LENGTH * 4])
        if not folded or len(folded) > SEARCH_LENGTH:
            return self.none()
        rank = Min(
            Case(
                When(area_names__folded=folded, then=Value(0)),
                When(area_names__folded__startswith=folded, then=Value(1)),
                default=Value(2),
            )
        )
        return (
            self.filter(area_names__folded__contains=folded)
            .annotate(search_rank=rank)
            .order_by("search_rank", "level", "pcode")
        )

    def match_area(self, country: str, name: str, level: int, parent: "AdminArea | None" = None) -> "AdminArea | None":
        """The one area of that country and level that bears `name`, or None: never a guess.

        `country` is alpha-3. Names are compared in search normal form, first whole, then without
        the words for a kind of unit ("Hama Governorate", "Mintaqat Hama"). With `parent`, only
        areas below it count. Two areas of the same name give None.
        """
        return AreasByName(self.filter(country=country, level=level)).match(name, parent)

    def below(self, pcode: str) -> Self:
        """The area with that P-code and everything below it; nothing for an unknown code."""
        return self.filter(ancestor_links__ancestor__pcode=pcode)


class AdminArea(models.Model):
    """A country (level 0, P-code = ISO 3166 alpha-3) or an administrative unit (levels 1 to 4).

    The parent is stored as stated: P-codes are not prefix codes. `names` maps a language to the
    name; OCHA's name is the one under "en", in Latin script, whatever its language.
    """

    pcode = models.CharField(max_length=16, unique=True)
    level = models.PositiveSmallIntegerField()
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    country = models.CharField(max_length=3)
    names = TextsField(help_text=_('For example {"en": "Lattakia", "ar": "اللاذقية"}.'))
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    objects: ClassVar[AdminAreaQuerySet] = AdminAreaQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("pcode",)
        verbose_name = _("administrative area")
        verbose_name_plural = _("administrative areas")
        indexes = (models.Index(fields=["country", "level"], name="admin_area_country_level"),)
        constraints = (
            models.CheckConstraint(condition=Q(level__gte=0, level__lte=4), name="admin_area_level_0_to_4"),
            models.CheckConstraint(
                condition=Q(level=0, parent__isnull=True, pcode=F("country")) | Q(level__gt=0, parent__isnull=False),
                name="admin_area_only_countries_lack_a_parent",
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(
                    latitude__isnull=False,  # said in words: a comparison with null is neither true nor false
                    longitude__isnull=False,
                    latitude__gte=-90,
                    latitude__lte=90,
                    longitude__gte=-180,
                    longitude__lte=180,
                ),
                name="admin_area_centroid_in_range",
            ),
            models.CheckConstraint(condition=ordered("valid_from", "valid_to"), name="admin_area_validity_ordered"),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.pcode})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the area and its links to everything above it, in one transaction."""
        with transaction.atomic():
            super().save(*args, **kwargs)
            AreaClosure.objects.link(self)

    @property
    def name(self) -> str:
        """The name to show where no language is asked for: OCHA's, else any, else the P-code."""
        return name_of(self.names, self.pcode)

    def ancestors(self) -> AdminAreaQuerySet:
        """What this area lies in, from the country down, without the area itself."""
        return AdminArea.objects.filter(descendant_links__descendant=self, descendant_links__depth__gt=0).order_by(
            "level"
        )

    def descendants(self) -> AdminAreaQuerySet:
        """Everything below this area at any depth, without the area itself, by P-code."""
        return AdminArea.objects.filter(ancestor_links__ancestor=self, ancestor_links__depth__gt=0).order_by("pcode")


class AreasByName:
    """Some areas by their names, read once: whoever looks for thousands asks the database no more.

    Whether one is found is `AdminAreaQuerySet.match_area`'s word.
    """

    def __init__(self, areas: AdminAreaQuerySet) -> None:
        self._areas = {area.pk: area for area in areas.select_related("parent")}
        self._whole: dict[str, set[int]] = defaultdict(set)
        self._core: dict[str, set[int]] = defaultdict(set)
        self._above: dict[int, set[int]] = defaultdict(set)
        for area, folded, core in AreaName.objects.filter(area__in=areas).values_list("area_id", "folded", "core"):
            self._whole[folded].add(area)
            self._core[core].add(area)
        links = AreaClosure.objects.filter(descendant__in=areas).values_list("descendant_id", "ancestor_id")
        for descendant, ancestor in links:
            self._above[descendant].add(ancestor)

    def match(self, name: str, parent: AdminArea | None = None) -> AdminArea | None:
        """The one area that bears the name, among those below `parent` where it is given."""
        folded = fold(name)
        if not folded:
            return None
        for named in (self._whole.get(folded, set()), self._core.get(core_name(folded), set())):
            found = [area for area in named if parent is None or parent.pk in self._above[area]]
            if found:
                return self._areas[found[0]] if len(found) == 1 else None
        return None


class AreaName(models.Model):
    """One spelling of an area's name, with its search form; a spelling without language has ''."""

    class Kind(models.TextChoices):
        PRIMARY = "primary", _("Primary")
        ALIAS = "alias", _("Alias")

    area = models.ForeignKey(AdminArea, on_delete=models.CASCADE, related_name="area_names")
    name = models.CharField(max_length=SEARCH_LENGTH)
    language = models.CharField(max_length=8, blank=True, default="")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.ALIAS)
    folded = models.CharField(max_length=2 * SEARCH_LENGTH, db_index=True, editable=False)
    core = models.CharField(max_length=2 * SEARCH_LENGTH, db_index=True, editable=False)

    class Meta:
        ordering = ("area", "kind", "language", "folded")
        constraints = (
            models.UniqueConstraint(fields=["area", "folded", "language"], name="area_name_once_per_language"),
            models.CheckConstraint(condition=one_of("kind", ["primary", "alias"]), name="area_name_kind_known"),
            models.CheckConstraint(condition=~Q(folded=""), name="area_name_can_be_found"),
        )

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the name with its search forms; bulk writers call `set_search_forms` themselves."""
        self.set_search_forms()
        super().save(*args, **kwargs)

    def set_search_forms(self) -> None:
        """Derive `folded` and `core` from the name as written."""
        self.folded = fold(self.name)
        self.core = core_name(self.folded)


PATHS = """
    WITH RECURSIVE path (ancestor_id, descendant_id, depth) AS (
        SELECT id, id, 0 FROM incidents_adminarea
        UNION ALL
        SELECT area.parent_id, path.descendant_id, path.depth + 1
        FROM path JOIN incidents_adminarea area ON area.id = path.ancestor_id
        WHERE area.parent_id IS NOT NULL
    ) SELECT ancestor_id, descendant_id, depth FROM path"""
DELETE_WRONG_LINKS = f"""
    DELETE FROM incidents_areaclosure WHERE (ancestor_id, descendant_id, depth) IN (
        SELECT ancestor_id, descendant_id, depth FROM incidents_areaclosure EXCEPT SELECT * FROM ({PATHS}) stated
    )"""  # noqa: S608
INSERT_MISSING_LINKS = f"""
    INSERT INTO incidents_areaclosure (ancestor_id, descendant_id, depth)
    {PATHS} EXCEPT SELECT ancestor_id, descendant_id, depth FROM incidents_areaclosure"""  # noqa: S608


class AreaClosureQuerySet(models.QuerySet["AreaClosure"]):
    """Keeping the closure equal to what the parents say."""

    def link(self, area: AdminArea) -> None:
        """Restate the links of one saved area; if it moved, those of everything below it too."""
        if area.parent_id is None:
            above: dict[int, int] = {}
        else:
            rows = self.filter(descendant_id=area.parent_id).values_list("ancestor_id", "depth")
            above = {ancestor: depth + 1 for ancestor, depth in rows}
        wanted = above | {area.pk: 0}
        stored = dict(self.filter(descendant=area).values_list("ancestor_id", "depth"))
        if stored == wanted:
            return
        self.filter(descendant=area).delete()
        self.bulk_create(
            AreaClosure(ancestor_id=ancestor, descendant=area, depth=depth) for ancestor, depth in wanted.items()
        )
        for child in AdminArea.objects.filter(parent=area):
            self.link(child)

    def rebuild(self) -> int:
        """Compare every link with the stored parents, mend what differs, return how many did.

        In SQL, because through the ORM the gazetteer's 97,129 links were a third of a load's time. PostgreSQL counts
        the areas first: where it still believes them to be few, it walks all of them for each of them.
        """
        connection = connections[self.db]
        with transaction.atomic(using=self.db), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("ANALYZE incidents_adminarea, incidents_areaclosure")
            cursor.execute(DELETE_WRONG_LINKS)
            deleted: int = cursor.rowcount
            cursor.execute(INSERT_MISSING_LINKS)
            inserted: int = cursor.rowcount
        return deleted + inserted


class AreaClosure(models.Model):
    """Every area with every area it lies in, itself included at depth 0: one query up or down."""

    ancestor = models.ForeignKey(AdminArea, on_delete=models.CASCADE, related_name="descendant_links")
    descendant = models.ForeignKey(AdminArea, on_delete=models.CASCADE, related_name="ancestor_links")
    depth = models.PositiveSmallIntegerField()

    objects: ClassVar[AreaClosureQuerySet] = AreaClosureQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("descendant", "depth")
        constraints = (
            models.UniqueConstraint(fields=["ancestor", "descendant"], name="area_closure_once"),
            models.CheckConstraint(
                condition=Q(depth=0, ancestor=F("descendant"))
                | (Q(depth__gt=0, depth__lte=4) & ~Q(ancestor=F("descendant"))),
                name="area_closure_depth",
            ),
        )

    def __str__(self) -> str:
        return f"{self.ancestor_id} > {self.descendant_id}"
