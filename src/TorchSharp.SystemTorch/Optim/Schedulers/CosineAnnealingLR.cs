namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            public static partial class impl
            {
                /// <summary>Lowers the rate to <c>eta_min</c> along half a cosine wave of <c>T_max</c> epochs.</summary>
                public class CosineAnnealingLR : LRScheduler
                {
                    private readonly double half;
                    private readonly double lowest;

                    public CosineAnnealingLR(Optimizer optimizer, double T_max, double eta_min = 0, int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        half = T_max;
                        lowest = eta_min;
                        step();
                    }

                    // Chainable, as in PyTorch: each rate comes from the one before, which others may have changed.
                    protected override IEnumerable<double> get_lr()
                    {
                        if (epochNow == 0)
                        {
                            return get_last_lr();
                        }

                        if (stepCount == 1)
                        {
                            return get_closed_form_lr();
                        }

                        if ((epochNow - 1 - half) % (2 * half) == 0)
                        {
                            var rise = (1 - Math.Cos(Math.PI / half)) / 2;
                            return get_last_lr().Zip(baseRates, (rate, first) => rate + ((first - lowest) * rise));
                        }

                        var ratio = Wave(epochNow) / Wave(epochNow - 1);
                        return get_last_lr().Select(rate => (ratio * (rate - lowest)) + lowest);
                    }

                    protected override IEnumerable<double> get_closed_form_lr() =>
                        baseRates.Select(rate => lowest + ((rate - lowest) * Wave(epochNow) / 2));

                    private double Wave(int epoch) => 1 + Math.Cos(Math.PI * epoch / half);
                }
            }
        }
    }
}
