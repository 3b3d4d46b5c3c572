"""Pictures coded by hand, between the key frames that x264 makes.

Two frames of a stub differ in a few 16x16 macroblocks. So a frame is written as a P slice that skips every macroblock,
which copies it from the frame before, except those that changed, whose samples it holds as they are (I_PCM). Nothing
is predicted or quantised: the samples arrive exactly, and what is skipped stays exactly as it was, however long the
chain. Skipping copies from the same place, as a motion vector could only come from a neighbour and none has one
(clause 8.4.1.1).

Clause numbers are those of ITU-T H.264 (08/2021).
"""

import re
from collections.abc import Iterable

import msgspec

from fakeseed.media.render.bits import BitReader, BitWriter

_NAL_SLICE, _NAL_SPS, _NAL_PPS = 1, 7, 8  # table 7-1
_BASELINE = 66
_P_SLICES_ONLY = 5  # table 7-6: this slice is P, and so is every other of the picture
_I_PCM_IN_P_SLICE = 5 + 25  # table 7-11, after the five P types of table 7-13
_START_CODE = b"\0\0\0\1"


class Parameters(msgspec.Struct, frozen=True):
    """What a slice header repeats or leaves out, as the stream's parameter sets say."""

    frame_num_bits: int
    macroblocks: int
    picture_parameter_set: int


def read_parameters(headers: bytes) -> Parameters:
    """Read the parameter sets that x264 wrote (Annex B); ValueError when they ask for more than is written here."""
    units = {unit[0] & 31: _unescape(unit[1:]) for unit in re.split(b"\0\0\0?\1", headers) if unit}
    frame_num_bits, macroblocks = _read_sps(BitReader(units[_NAL_SPS]))
    return Parameters(frame_num_bits, macroblocks, _read_pps(BitReader(units[_NAL_PPS])))


def changed_picture(parameters: Parameters, frames_since_key: int, changes: Iterable[tuple[int, bytes]]) -> bytes:
    """Code the picture that differs from the one before it in `changes` only.

    Each change is the address of a macroblock, counted along the rows, and its 256 Y, 64 Cb and 64 Cr samples;
    they come in the order of their addresses.
    """
    bits = BitWriter()
    _write_slice_header(bits, parameters, frames_since_key)
    next_address = 0
    for address, samples in changes:  # slice_data, clause 7.3.4
        bits.ue(address - next_address)  # mb_skip_run
        bits.ue(_I_PCM_IN_P_SLICE)
        bits.aligned(samples)
        next_address = address + 1
    if next_address < parameters.macroblocks:
        bits.ue(parameters.macroblocks - next_address)
    return _START_CODE + bytes([3 << 5 | _NAL_SLICE]) + _escape(bits.payload())


def _write_slice_header(bits: BitWriter, parameters: Parameters, frames_since_key: int) -> None:
    """Clause 7.3.3, without the elements that the parameter sets were checked not to ask for."""
    bits.ue(0)  # first_mb_in_slice
    bits.ue(_P_SLICES_ONLY)
    bits.ue(parameters.picture_parameter_set)
    bits.u(frames_since_key % (1 << parameters.frame_num_bits), parameters.frame_num_bits)  # frame_num, 7.4.3
    bits.u(1, 1)  # num_ref_idx_active_override_flag: say here that
    bits.ue(0)  # one picture, the latest, is referred to
    bits.u(0, 1)  # ref_pic_list_modification_flag_l0
    bits.u(0, 1)  # adaptive_ref_pic_marking_mode_flag: the oldest reference makes way for this picture
    bits.ue(0)  # slice_qp_delta, a zero in se(v) as well
    bits.ue(1)  # disable_deblocking_filter_idc: samples are to arrive as they are


def _read_sps(bits: BitReader) -> tuple[int, int]:
    """Clause 7.3.2.1.1, up to the size: (bits of frame_num, macroblocks of a picture)."""
    _require(bits.u(8) == _BASELINE, "the profile is Baseline")
    bits.u(16)  # constraint flags, level_idc
    bits.ue()  # seq_parameter_set_id
    frame_num_bits = bits.ue() + 4
    # Type 2 says that pictures are shown in the order they are coded, so that slices carry no order count (8.2.1.3).
    _require(bits.ue() == 2, "pic_order_cnt_type is 2")
    _require(bits.ue() >= 1, "there is a reference picture")
    bits.u(1)  # gaps_in_frame_num_value_allowed_flag
    columns, rows = bits.ue() + 1, bits.ue() + 1
    _require(bits.u(1) == 1, "frame_mbs_only_flag is set")
    return frame_num_bits, columns * rows


def _read_pps(bits: BitReader) -> int:
    """Clause 7.3.2.2: the set's id."""
    identifier = bits.ue()
    bits.ue()  # seq_parameter_set_id
    _require(bits.u(1) == 0, "entropy coding is CAVLC")
    bits.u(1)  # bottom_field_pic_order_in_frame_present_flag, of no effect with order count type 2
    _require(bits.ue() == 0, "there is one slice group")
    bits.ue(), bits.ue()  # num_ref_idx_l0 and _l1_default_active_minus1, which the slice header overrides
    _require(bits.u(1) == 0, "weighted prediction is off")
    bits.u(2)  # weighted_bipred_idc, for B slices
    bits.se(), bits.se(), bits.se()  # pic_init_qp, pic_init_qs, chroma_qp_index_offset: nothing is quantised
    _require(bits.u(1) == 1, "slices carry deblocking control")
    bits.u(1)  # constrained_intra_pred_flag: I_PCM predicts nothing
    _require(bits.u(1) == 0, "redundant_pic_cnt is absent")
    return identifier


def _require(holds: bool, requirement: str) -> None:
    if not holds:
        raise ValueError(f"x264 was set up so that {requirement}, but its parameter sets say otherwise.")


def _escape(payload: bytes) -> bytes:
    """Keep start codes out of a payload: a 3 goes between two zeros and a byte of at most 3 (clause 7.4.1)."""
    return re.sub(rb"\0\0(?=[\0-\3])", b"\0\0\3", payload)


def _unescape(payload: bytes) -> bytes:
    return payload.replace(b"\0\0\3", b"\0\0")
