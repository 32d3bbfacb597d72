#!/bin/bash
#SBATCH --job-name=janib --gres=gpu:1 --cpus-per-task=4 --mem=16G --time=04:00:00 --output=outputs/%x-%j.log
# Fills rows of a table that need a GPU. In the folder of the repository, on a node with a network, once:
#   mkdir -p outputs && export HF_HOME=$HOME/janib-hf
#   .venv/bin/janib data fetch mawqif && .venv/bin/janib encoder fetch aubmindlab/bert-base-arabertv02-twitter UBC-NLP/MARBERTv2
#   sbatch examples/gpu_slurm.sh
# A job that its time limit ended goes on when it is given again. Status 1: the last line of the log says what is missing.
export HF_HOME="${HF_HOME:-$HOME/janib-hf}" HF_HUB_OFFLINE=1
.venv/bin/python experiments/table.py table=mawqif_stance 'only=[arabert_v02_twitter_joint,marbert_v2_joint]'
