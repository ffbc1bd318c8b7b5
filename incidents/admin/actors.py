"""Actors: those to whom somebody attributes an act, with their other names, ids and relations.

What is alleged of them, and by whom, are attributions (claims.py).
"""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from incidents.admin.alike import TellsOfLike
from incidents.admin.base import Table
from incidents.admin.filters import StateFilter
from incidents.admin.publishing import PublishedAdmin
from incidents.admin.records import ChildAdmin
from incidents.models import Actor, ActorAlias, ActorReference, ActorRelation


class AliasInline(Table):
    model = ActorAlias
    fields = ("name", "language", "valid_from", "valid_to")
    show_change_link = False


class ReferenceInline(Table):
    model = ActorReference
    fields = ("scheme", "key")
    show_change_link = False


class RelationInline(Table):
    model = ActorRelation
    fk_name = "from_actor"
    fields = ("type", "to_actor", "valid_from", "valid_to")
    autocomplete_fields = ("to_actor",)
    related = ("from_actor", "to_actor")


@admin.register(Actor)
class ActorAdmin(TellsOfLike, PublishedAdmin[Actor]):
    list_display = ("names", "type", "identification", "valid_from", "valid_to", "state", "updated_at")
    list_filter = (StateFilter, "type", "identification")
    search_fields = ("names", "aliases__name", "references__key", "public_id")
    search_help_text = _("Name, another name, id in another system, or public id.")
    inlines = (AliasInline, RelationInline, ReferenceInline)
    fields = (("type", "identification"), "names", ("valid_from", "valid_to"))


@admin.register(ActorAlias)
class ActorAliasAdmin(ChildAdmin[ActorAlias]):
    list_display = ("name", "language", "actor", "valid_from", "valid_to")
    list_filter = ("language",)
    list_select_related = ("actor",)
    search_fields = ("name", "actor__names")
    autocomplete_fields = ("actor",)


@admin.register(ActorReference)
class ActorReferenceAdmin(ChildAdmin[ActorReference]):
    list_display = ("key", "scheme", "actor")
    list_filter = ("scheme",)
    list_select_related = ("actor",)
    search_fields = ("key", "actor__names")
    autocomplete_fields = ("actor",)


@admin.register(ActorRelation)
class ActorRelationAdmin(ChildAdmin[ActorRelation]):
    list_display = ("from_actor", "type", "to_actor", "valid_from", "valid_to")
    list_filter = ("type",)
    list_select_related = ("from_actor", "to_actor")
    search_fields = ("from_actor__names", "to_actor__names")
    autocomplete_fields = ("from_actor", "to_actor")
