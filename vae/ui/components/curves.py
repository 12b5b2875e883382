"""The curves of a run: loss, reconstruction and KL after each epoch."""

from vae.runs.record import RunRecord
from vae.ui import assets
from vae.ui.components import define
from vae.ui.messages import Curves

_mount = define("curves/curves.js", "curves/curves.html", "curves/curves.css")


def curves(run: RunRecord, **options):
    """Mount the curves of a run that has done an epoch, or let them go on."""
    train = run.train
    is_elbo = train.loss == "bce" and train.reconstruction_weight == 1
    data: Curves = {
        "plotly_url": assets.plotly_url(),
        "history": {name: run.history[name] for name in run.history if name != "seconds"},
        "loss_unit": "nats" if is_elbo else "weighted sum",
    }
    return _mount(data, **options)
