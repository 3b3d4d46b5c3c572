"""The two price tables, the emulator's and the contract's, which say the same twice on purpose."""

import pytest

from contracts.harness import prices
from fakeseed.model.task_types import POINTS_PER_USD, PRICES


def test_both_tables_have_the_same_periods() -> None:
    assert list(PRICES) == list(prices.USD)
    assert prices.POINTS_PER_USD == POINTS_PER_USD


@pytest.mark.parametrize("period", PRICES)
def test_both_tables_have_the_same_prices(period: str) -> None:
    contract = {
        task_type: {
            resolution: round(usd * prices.POINTS_PER_USD)
            for resolution, usd in zip(prices.RESOLUTIONS, row, strict=True)
            if usd is not None
        }
        for task_type, row in prices.USD[period].items()
    }
    assert PRICES[period] == contract
