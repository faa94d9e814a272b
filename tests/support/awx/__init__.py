# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for AWX 24: the part of its API that ``awx import`` uses, and launches of job templates and workflows.

The rules are those of AWX's source, and were seen on a real AWX 24.6.1.
"""
