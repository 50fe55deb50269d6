set -x
time nice -n 10 dotnet  train --data aircraft --size 32 --width 1 --epochs 25 --count 800 --learning-rate 0.001 --batch 16 --wasserstein 0 --seed 0 --out /tmp/pictures-train/full32
time nice -n 10 dotnet  train --data aircraft --size 64 --width 1 --epochs 10 --count 800 --learning-rate 0.001 --batch 16 --wasserstein 0 --seed 0 --out /tmp/pictures-train/full64
