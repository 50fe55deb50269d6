#!/usr/bin/env bash
# A Slurm of one node on loopback, for tests: everything it writes lies in one folder, nothing of the machine's own Slurm is touched.
# usage: eng/slurm-on-loopback.sh start FOLDER   installs slurm-wlm and munge where apt may, starts, waits until the node is idle
#        eng/slurm-on-loopback.sh stop FOLDER
# Exit code 77 says why there can be no Slurm here. After a start, SLURM_CONF=FOLDER/slurm.conf sbatch ... runs jobs.
set -euo pipefail
[ $# -eq 2 ] || { sed -n '3,4s/^# //p' "$0" >&2; exit 2; }
folder=$2
skip() { echo "slurm: $1" >&2; exit 77; }
process() { [ -s "$folder/$1.pid" ] && kill "${@:2}" "$(cat "$folder/$1.pid")" 2>/dev/null; }

if [ "$1" = stop ]; then
  # The controller ends the jobs first, so that none outlives its daemons.
  export SLURM_CONF=$folder/slurm.conf
  timeout 10 scancel --state=PENDING --user="$(id -un)" 2>/dev/null || true
  timeout 10 scancel --signal=KILL --full --user="$(id -un)" 2>/dev/null || true
  for name in slurmctld slurmd munged; do process "$name" || true; done
  for _ in $(seq 50); do
    { process slurmctld -0 || process slurmd -0 || process munged -0; } || exit 0
    sleep 0.1
  done
  for name in slurmctld slurmd munged; do process "$name" -9 || true; done
  exit 0
fi

PATH=$PATH:/usr/sbin:/sbin
install() {
  local run=()
  command -v apt-get >/dev/null || skip "there is none, and no apt"
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null && sudo -n true 2>/dev/null && run=(sudo -n) || skip "there is none, and apt is not allowed here"
  fi
  echo "slurm: installing slurm-wlm and munge" >&2
  local get=("${run[@]}" timeout 150 env DEBIAN_FRONTEND=noninteractive apt-get)
  "${get[@]}" install -y --no-install-recommends slurm-wlm munge >/dev/null 2>&1 \
    || { "${get[@]}" update >/dev/null 2>&1 && "${get[@]}" install -y --no-install-recommends slurm-wlm munge >/dev/null 2>&1; } \
    || skip "apt failed"
}
for program in munged slurmctld slurmd sbatch; do command -v "$program" >/dev/null || { install; break; }; done
for program in munged slurmctld slurmd sbatch; do command -v "$program" >/dev/null || skip "$program is missing"; done

mkdir -p "$folder/state" "$folder/spool"
chmod 700 "$folder"
folder=$(cd "$folder" && pwd)
name=$(hostname -s)
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' 2>/dev/null || echo $((20000 + RANDOM)); }
cat >"$folder/slurm.conf" <<CONF
ClusterName=loopback
SlurmctldHost=$name(127.0.0.1)
SlurmctldPort=$(port)
SlurmdPort=$(port)
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$folder/munged.socket
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=1,batch_sched_delay=0
JobCompType=jobcomp/none
KillWait=5
MinJobAge=300
ReturnToService=2
NodeName=$name NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
head -c 1024 /dev/urandom >"$folder/munged.key"
chmod 600 "$folder/munged.key"
munged --force --socket="$folder/munged.socket" --key-file="$folder/munged.key" --pid-file="$folder/munged.pid" --log-file="$folder/munged.log" \
  --seed-file="$folder/munged.seed" 2>"$folder/munged.err" || skip "munged does not start: $(tail -1 "$folder/munged.err")"
export SLURM_CONF=$folder/slurm.conf
slurmctld 2>"$folder/slurmctld.err" || skip "slurmctld does not start: $(tail -1 "$folder/slurmctld.err")"
slurmd 2>"$folder/slurmd.err" || skip "slurmd does not start: $(tail -1 "$folder/slurmd.err")"
for _ in $(seq 150); do
  [ "$(timeout 5 sinfo -h -o %t 2>/dev/null)" = idle ] && exit 0
  sleep 0.2
done
skip "its node does not become idle: $(tail -1 "$folder/slurmd.log")"
