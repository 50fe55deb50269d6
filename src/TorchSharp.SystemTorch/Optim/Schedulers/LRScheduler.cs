namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            /// <summary>Sets the learning rate of every group of an optimizer from epoch to epoch.</summary>
            public abstract class LRScheduler
            {
                private readonly bool verbose;
                private protected readonly Optimizer optimizer;
                private protected readonly double[] baseRates;
                private protected int epochNow;
                private protected int stepCount;

                /// <summary>Whoever derives calls <see cref="step()"/> at the end of its constructor, for the rates of the first epoch.</summary>
                protected LRScheduler(Optimizer optimizer, int last_epoch = -1, bool verbose = false)
                {
                    this.optimizer = optimizer;
                    this.verbose = verbose;
                    epochNow = last_epoch;
                    foreach (var group in optimizer.ParamGroups)
                    {
                        if (last_epoch == -1)
                        {
                            group.InitialLearningRate = group.LearningRate;
                        }
                    }

                    baseRates = optimizer.ParamGroups.Select(group => group.InitialLearningRate).ToArray();
                }

                public virtual void step() => Move(epochNow + 1, get_lr);

                public virtual void step(int? epoch)
                {
                    if (epoch is { } given)
                    {
                        Move(given, get_closed_form_lr);
                    }
                    else
                    {
                        step();
                    }
                }

                public virtual void step(double current, int? epoch = null) => step(epoch);

                public IEnumerable<double> get_last_lr() => optimizer.ParamGroups.Select(group => group.LearningRate);

                /// <summary>The rates of this epoch, from those of the epoch before.</summary>
                protected virtual IEnumerable<double> get_lr() => get_last_lr();

                /// <summary>The rates of this epoch, from the epoch alone.</summary>
                protected virtual IEnumerable<double> get_closed_form_lr() => get_lr();

                private void Move(int epoch, Func<IEnumerable<double>> rates)
                {
                    stepCount++;
                    epochNow = epoch;
                    foreach (var (group, rate) in optimizer.ParamGroups.Zip(rates().ToList()))
                    {
                        group.LearningRate = rate;
                        if (verbose)
                        {
                            Console.WriteLine($"Adjusting learning rate to {rate}");
                        }
                    }
                }
            }
        }
    }
}
