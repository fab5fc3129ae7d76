"""The names for training with PyTorch: a data set, a sampler that resumes, a collate function, and
the ranking metric as a loss.

from torch.utils.data import DataLoader
from automix_bench.torch import EpochSampler, ExampleDataset, collate
"""

from automix_bench.networks.audible_distance import AudibleDistance
from automix_bench.training.epoch_sampler import EpochSampler
from automix_bench.training.torch_dataset import ExampleDataset, collate

__all__ = ["AudibleDistance", "EpochSampler", "ExampleDataset", "collate"]
