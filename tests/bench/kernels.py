"""Rows measured in one process: kernels beside their baselines, and how cost grows."""
import json
import os
import subprocess
import sys

from rows import Row

SAMPLES = 60000
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def google(session, program, *words):
    """Benchmarks by name, as Google Benchmark reports them."""
    path = session.build / "tests/bench" / program
    out = subprocess.run([path, "--benchmark_format=json", *words], check=True, capture_output=True, text=True)
    return {b["name"].split("/")[0]: b for b in json.loads(out.stdout)["benchmarks"]}


def kernel_rows(session):
    """Half a minute on one core."""
    found = google(session, "bench_kernels")
    full, eigen = found["full_evaluation<float, FloatPack>"], found["full_evaluation_beside_eigen"]
    double, last = found["full_evaluation<double, DoublePack>"], found["last_layer_move<float>"]
    two = found["two_last_layer_moves"]["ns_per_sample"]
    unit, row = found["unit_move"], found["row_change"]
    bandwidth = found["read_bandwidth"]["gigabytes_per_second"]
    session.figures["roofline"] = {
        "peak": full["peak_gigaflops"], "bandwidth": bandwidth, "Echelon": full["real_time"] * 1e-3,
        "last-layer move": last["ns_per_sample"] * SAMPLES * 1e-9,
        "proposal of one unit": unit["ns_per_sample"] * SAMPLES * 1e-9, "Eigen": eigen["eigen_seconds"]}
    return [
        Row("full evaluation against the dense multiply-add peak", "2.0x, aim 3x", f"{full['x_peak']:.2f}x",
            full["x_peak"] >= 2, f"{full['real_time']:.1f} ms; peak {full['peak_gigaflops']:.0f} GFLOP/s"),
        Row("the same in double", "", f"{double['x_peak']:.2f}x", None,
            f"{double['real_time']:.1f} ms; peak {double['peak_gigaflops']:.0f} GFLOP/s"),
        Row("full evaluation against plain dense Eigen", "3x", f"{eigen['x_eigen']:.2f}x", eigen["x_eigen"] >= 3,
            f"{1e3 * eigen['eigen_seconds']:.0f} ms, in turns"),
        Row("last-layer move", "28 ns a sample", f"{last['ns_per_sample']:.1f} ns", last["ns_per_sample"] <= 28,
            f"reads {400 / last['ns_per_sample']:.0f} of {bandwidth:.0f} GB/s; double "
            f"{found['last_layer_move<double>']['ns_per_sample']:.0f} ns"),
        Row("last-layer moves weighed two at a time, each", "", f"{two:.1f} ns", None, "activations are read once"),
        Row("change of one unit against a full evaluation", "", f"{row['x_layer']:.0f}x less", None, ""),
        Row("proposal of one unit, in a pass over all", "", f"{unit['ns_per_sample']:.1f} ns a sample", None,
            f"{unit['ns_one_by_one']:.1f} with a product for each"),
        Row("a normal deviate", "", f"{found['normal_deviates']['ns_each']:.2f} ns", None, "addressed, float"),
    ]


def baseline_rows(session):
    """A quarter of a minute on one core."""
    rows = []
    for name, module in (("numpy", "numpy"), ("PyTorch", "torch")):
        what = f"full evaluation against {name}, one thread"
        if subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True).returncode != 0:
            rows.append(Row(what, "", "not installed", None, ""))
            continue
        own = google(session, "bench_kernels", "--benchmark_filter=full_evaluation<float")
        own = own["full_evaluation<float, FloatPack>"]["real_time"] * 1e-3
        twin = subprocess.run([sys.executable, session.here / "twins.py", module], check=True, capture_output=True,
                              text=True, env={**os.environ, **ONE_THREAD})
        seconds = session.figures.setdefault("baselines", {})[name] = float(twin.stdout)
        rows.append(Row(what, "", f"{seconds / own:.1f}x", None, f"{1e3 * own:.0f} and {1e3 * seconds:.0f} ms"))
    return rows


def growth_rows(session):
    """Half a minute on one core."""
    found = google(session, "bench_growth")
    rows = []
    for axis in ("samples", "replicas", "inner_steps"):
        result = found[f"growth_in_{axis}"]
        points = sorted((int(k[3:]), v) for k, v in result.items() if k.startswith("at_"))
        session.figures.setdefault("growth", {})[axis] = points
        rows.append(Row(f"cost growth in {axis.replace('_', ' ')}", "slope 1 +- .1", f"{result['slope']:.2f}",
                        abs(result["slope"] - 1) <= .1, f"{points[0][0]} to {points[-1][0]}, medians of 15 turns"))
    return rows
