"""The domain: every record type of the hub, one module per part of it, gathered as `MODEL`."""

from schema.model import Model
from schema.types.economy import Business, Farm, Product, TouristSite
from schema.types.figures import Indicator, Observation, Target
from schema.types.places import Agency, Area, Sector

MODEL = Model(Agency, Area, Sector, Business, Farm, TouristSite, Product, Indicator, Observation, Target)
"""The declared graph."""
