"""The domain: every record type of the hub, one module per part of it, gathered as `MODEL`."""

from schema.model import Model
from schema.types.criteria import CriteriaSet, Criterion, MaturityLevel
from schema.types.economy import Business, Farm, Product, TourismProgramme, TouristSite
from schema.types.figures import Indicator, Observation, Target
from schema.types.market import Offer, Solution
from schema.types.places import Agency, Area, Sector
from schema.types.surveys import Assessment, Campaign, Team
from schema.types.tasks import Task

MODEL = Model(
    *(Agency, Area, Sector),
    *(Business, Farm, TouristSite, Product),
    *(Indicator, Observation, Target),
    *(TourismProgramme, Solution, Offer),
    *(CriteriaSet, Criterion, MaturityLevel),
    *(Campaign, Team, Assessment),
    Task,
)
"""The declared graph."""
