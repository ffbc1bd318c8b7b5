"""What holds for releases wherever they are served: where the files stand, and whether they may be handed out."""

from pathlib import Path

from django.conf import settings
from django.db.models import Exists, OuterRef

from incidents.choices import Operation, ReasonCode
from incidents.models import Publication, PublicRelease


def release_folder(name: str) -> Path:
    """Where the files of a release stand."""
    return Path(settings.RELEASES_DIR) / name


def erased_since(release: PublicRelease, alias: str) -> bool:
    """Whether something that stands in its files was erased after they were cut: they are withheld until cut again."""
    log = Publication.objects.using(alias)
    within = Publication.objects.filter(kind=OuterRef("kind"), object_id=OuterRef("object_id"), seq__lte=release.seq)
    later = log.filter(seq__gt=release.checked_seq)
    erased = later.filter(reason_code=ReasonCode.PRIVACY) | later.filter(operation=Operation.REDACT)
    return erased.filter(Exists(within)).exists()
