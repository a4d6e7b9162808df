"""The description of the feed (CSDL), in XML for the clients that there are and in JSON; both from the model."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as Xml

from jointops.kernel.types import QUANTITY_DECIMALS
from jointops.returns.odata.model import (
    CONTAINER,
    ENTITY_SETS,
    NAMESPACE,
    Edm,
    EntityType,
    Navigation,
    Property,
)

_EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
_EDM = "http://docs.oasis-open.org/odata/ns/edm"
_VOCABULARIES = {
    "Org.OData.Core.V1": "Core",
    "Org.OData.Validation.V1": "Validation",
}
_VOCABULARY_ADDRESS = "https://oasis-tcs.github.io/odata-vocabularies/vocabularies/"
_MARKING = "Marking of the operation that whatever is made of the answer has to carry."

PRECISION = 18
"""Digits of a decimal."""


def xml() -> bytes:
    """Return the description as XML (CSDL 4.0, which every client reads)."""
    Xml.register_namespace("edmx", _EDMX)
    Xml.register_namespace("", _EDM)
    root = Xml.Element(f"{{{_EDMX}}}Edmx", Version="4.0")
    for namespace, alias in _VOCABULARIES.items():
        reference = Xml.SubElement(root, f"{{{_EDMX}}}Reference", Uri=f"{_VOCABULARY_ADDRESS}{namespace}.xml")
        Xml.SubElement(reference, f"{{{_EDMX}}}Include", Namespace=namespace, Alias=alias)
    services = Xml.SubElement(root, f"{{{_EDMX}}}DataServices")
    schema = Xml.SubElement(services, f"{{{_EDM}}}Schema", Namespace=NAMESPACE)
    for entity in ENTITY_SETS.values():
        _entity_type(schema, entity)
    term = _element(schema, "Term", Name="marking", Type=Edm.STRING.value, Nullable="false")
    _description(term, _MARKING)
    container = _element(schema, "EntityContainer", Name=CONTAINER)
    for entity in ENTITY_SETS.values():
        entity_set = _element(
            container, "EntitySet", Name=entity.entity_set, EntityType=f"{NAMESPACE}.{entity.name}"
        )
        for way in entity.navigations.values():
            _element(entity_set, "NavigationPropertyBinding", Path=way.name, Target=way.target)
    Xml.indent(root)
    return bytes(Xml.tostring(root, encoding="utf-8", xml_declaration=True))


def _element(parent: Xml.Element, name: str, **attributes: str) -> Xml.Element:
    return Xml.SubElement(parent, f"{{{_EDM}}}{name}", attributes)


def _entity_type(schema: Xml.Element, entity: EntityType) -> None:
    made = _element(schema, "EntityType", Name=entity.name)
    key = _element(made, "Key")
    for name in entity.key:
        _element(key, "PropertyRef", Name=name)
    for item in entity.properties.values():
        _property(made, item)
    for way in entity.navigations.values():
        _navigation(made, entity, way)
    _description(made, entity.text)


def _property(parent: Xml.Element, item: Property) -> None:
    facets = {} if item.nullable else {"Nullable": "false"}
    if item.type is Edm.DECIMAL:
        facets |= {"Precision": str(PRECISION), "Scale": str(QUANTITY_DECIMALS)}
    if item.type is Edm.INSTANT:
        facets |= {"Precision": "6"}
    made = _element(parent, "Property", Name=item.name, Type=item.type.value, **facets)
    _description(made, item.text)
    if item.accepted:
        allowed = _element(made, "Annotation", Term="Validation.AllowedValues")
        collection = _element(allowed, "Collection")
        for value in item.accepted:
            record = _element(collection, "Record")
            _element(record, "PropertyValue", Property="Value", String=value)


def _navigation(parent: Xml.Element, entity: EntityType, way: Navigation) -> None:
    target = ENTITY_SETS[way.target]
    kind = f"{NAMESPACE}.{target.name}"
    attributes = {"Type": f"Collection({kind})" if way.many else kind}
    if not way.many and not way.nullable:
        attributes["Nullable"] = "false"
    partner = _partner(entity, way)
    if partner:
        attributes["Partner"] = partner
    made = _element(parent, "NavigationProperty", Name=way.name, **attributes)
    if _constrains(entity, way):
        for here, there in way.pairs:
            _element(made, "ReferentialConstraint", Property=here, ReferencedProperty=there)
    _description(made, way.text)


def _constrains(entity: EntityType, way: Navigation) -> bool:
    """Whether the way is one by a foreign key. What need not lead anywhere may be nothing itself (CSDL, 8.5)."""
    if way.many:
        return False
    return not way.nullable or all(entity.properties[name].nullable for name in way.here)


def _partner(entity: EntityType, way: Navigation) -> str | None:
    """Return the way back: the navigation property of the target whose pairs are these, turned round."""
    turned = {(there, here) for here, there in way.pairs}
    return next(
        (
            back.name
            for back in ENTITY_SETS[way.target].navigations.values()
            if back.target == entity.entity_set and set(back.pairs) == turned
        ),
        None,
    )


def _description(parent: Xml.Element, text: str) -> None:
    _element(parent, "Annotation", Term="Core.Description", String=text)


def as_json() -> dict[str, Any]:
    """Return the description as CSDL JSON 4.01."""
    types = {entity.name: _type_data(entity) for entity in ENTITY_SETS.values()}
    sets = {
        entity.entity_set: {
            "$Collection": True,
            "$Type": f"{NAMESPACE}.{entity.name}",
            "$NavigationPropertyBinding": {way.name: way.target for way in entity.navigations.values()},
        }
        for entity in ENTITY_SETS.values()
    }
    return {
        "$Version": "4.01",
        "$EntityContainer": f"{NAMESPACE}.{CONTAINER}",
        "$Reference": {
            f"{_VOCABULARY_ADDRESS}{namespace}.json": {
                "$Include": [{"$Namespace": namespace, "$Alias": alias}]
            }
            for namespace, alias in _VOCABULARIES.items()
        },
        NAMESPACE: {
            **types,
            "marking": {"$Kind": "Term", "@Core.Description": _MARKING},
            CONTAINER: {"$Kind": "EntityContainer", **sets},
        },
    }


def _type_data(entity: EntityType) -> dict[str, Any]:
    return {
        "$Kind": "EntityType",
        "$Key": list(entity.key),
        **{item.name: _property_data(item) for item in entity.properties.values()},
        **{way.name: _navigation_data(entity, way) for way in entity.navigations.values()},
        "@Core.Description": entity.text,
    }


def _property_data(item: Property) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if item.type is Edm.STRINGS:
        data["$Collection"] = True
    elif item.type is not Edm.STRING:
        data["$Type"] = item.type.value
    if item.nullable:
        data["$Nullable"] = True
    if item.type is Edm.DECIMAL:
        data |= {"$Precision": PRECISION, "$Scale": QUANTITY_DECIMALS}
    if item.type is Edm.INSTANT:
        data["$Precision"] = 6
    data["@Core.Description"] = item.text
    if item.accepted:
        data["@Validation.AllowedValues"] = [{"Value": value} for value in item.accepted]
    return data


def _navigation_data(entity: EntityType, way: Navigation) -> dict[str, Any]:
    data: dict[str, Any] = {
        "$Kind": "NavigationProperty",
        "$Type": f"{NAMESPACE}.{ENTITY_SETS[way.target].name}",
    }
    if way.many:
        data["$Collection"] = True
    elif way.nullable:
        data["$Nullable"] = True
    partner = _partner(entity, way)
    if partner:
        data["$Partner"] = partner
    if _constrains(entity, way):
        data["$ReferentialConstraint"] = dict(way.pairs)
    data["@Core.Description"] = way.text
    return data
