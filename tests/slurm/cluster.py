"""A SLURM of one node on this machine: loopback only, as root, without systemd, gone with the test."""
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "scontrol", "mpirun")
SETTINGS = """
ClusterName=echelon
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=1,sched_interval=2,bf_interval=2,sched_min_interval=100000
MpiDefault=none
MailProg=/bin/true
ReturnToService=0
KillWait=5
MinJobAge=600
SlurmdParameters=config_overrides
NodeName=localhost NodeHostname={host} NodeAddr=127.0.0.1 CPUs=64 RealMemory=4000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE DefaultTime=5 State=UP
"""


def why_not():
    """What keeps a SLURM from being started here, or nothing."""
    if os.geteuid() != 0:
        return "a SLURM can be started by root only"
    missing = [name for name in NEEDED if shutil.which(name) is None]
    return f"not installed: {', '.join(missing)} (packages slurm-wlm, munge, openmpi-bin)" if missing else ""


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def wait_for(what, condition, seconds):
    """The first true value of condition(); an error that says `what` did not come."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.2)
    raise TimeoutError(f"waited {seconds} s for {what() if callable(what) else what}")


class Cluster:
    """with Cluster(folder) as cluster: cluster.sbatch(...). The folder's path should be short: it
    holds a socket."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("SLURM")}
        self.environment.update(
            SLURM_CONF=str(self.folder / "slurm.conf"), OMPI_ALLOW_RUN_AS_ROOT="1",
            OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", OMPI_MCA_mpi_yield_when_idle="1",
            OMPI_MCA_btl_vader_single_copy_mechanism="none")

    def __enter__(self):
        for name in ("state", "spool", "pmix", "logs"):
            (self.folder / name).mkdir(mode=0o755)
        self.folder.chmod(0o755)
        (self.folder / "slurm.conf").write_text(SETTINGS.format(
            folder=self.folder, ports=free_ports(2), host=socket.gethostname().split(".")[0]))
        (self.folder / "mpi.conf").write_text(f"PMIxCliTmpDirBase={self.folder}/pmix\n")
        key = self.folder / "munge.key"
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(128))
        self.supervisor = subprocess.Popen(
            [sys.executable, pathlib.Path(__file__).with_name("supervisor.py"), self.folder / "logs"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self.environment,
            start_new_session=True)
        try:
            self._start_daemons()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.supervisor.stdin.close()
        self.supervisor.wait(timeout=60)

    def _daemon(self, *words):
        self.supervisor.stdin.write("\t".join(map(str, words)) + "\n")
        self.supervisor.stdin.flush()
        self.supervisor.stdout.readline()

    def _start_daemons(self):
        at = self.folder
        self._daemon("munged", "--foreground", "--force", f"--key-file={at}/munge.key",
                     f"--socket={at}/munge.socket", f"--pid-file={at}/munged.pid",
                     f"--log-file={at}/logs/munged.log", f"--seed-file={at}/munge.seed")
        wait_for("munged", lambda: (at / "munge.socket").exists(), 30)
        self._daemon("slurmctld", "-D", "-c", "-f", at / "slurm.conf")
        wait_for("slurmctld", lambda: "is UP" in self.ask("scontrol", "ping"), 60)
        self._daemon("slurmd", "-D", "-N", "localhost", "-f", at / "slurm.conf")
        self.wait_for_node()

    def wait_for_node(self):
        wait_for(lambda: "the node to be idle; " + self.logs(),
                 lambda: self.ask("sinfo", "-h", "-o", "%T").strip() == "idle", 60)

    def ask(self, *words):
        """Standard output of a SLURM command; nothing when it fails."""
        try:
            done = subprocess.run(list(map(str, words)), env=self.environment, capture_output=True, text=True,
                                  timeout=30)
        except subprocess.TimeoutExpired:
            return ""
        return done.stdout

    def do(self, *words, **more):
        """Like ask, but a failure is an error."""
        environment = dict(self.environment, **{key: str(value) for key, value in more.pop("env", {}).items()})
        done = subprocess.run(list(map(str, words)), env=environment, capture_output=True, text=True,
                              timeout=60, **more)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def field(self, job, name):
        """One entry of `scontrol show job`."""
        for word in self.ask("scontrol", "show", "job", job).split():
            if word.startswith(name + "="):
                return word.partition("=")[2]
        return ""

    def logs(self):
        """The end of what the daemons said."""
        return "\n".join(f"{path.name}: {path.read_text()[-1500:]}" for path in (self.folder / "logs").iterdir())
