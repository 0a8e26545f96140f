#!/bin/sh
# Seeds as a job array of Slurm, one shard a task, in the shared directory of a built checkout:
#   sbatch --array=1-64 bench/simulate/slurm-array.sh
# A task that was ended goes on where it was: submit the array again. When all are done, one table of all:
#   node dist/src/cli/main.js simulate merge results/*.json
#SBATCH --job-name=simulate
#SBATCH --cpus-per-task=2
#SBATCH --time=04:00:00
#SBATCH --requeue
set -eu
mkdir -p results failures
node dist/src/cli/main.js simulate --seeds 200000 --start 1 --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" \
  --minutes 220 --out failures --resume "results/$SLURM_ARRAY_TASK_ID.json"
