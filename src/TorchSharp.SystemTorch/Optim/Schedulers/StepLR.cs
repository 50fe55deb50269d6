namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            public static partial class impl
            {
                /// <summary>Multiplies the rate by gamma every <c>step_size</c> epochs.</summary>
                public class StepLR : LRScheduler
                {
                    private readonly int stepSize;
                    private readonly double gamma;

                    public StepLR(Optimizer optimizer, int step_size, double gamma = 0.1, int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        stepSize = step_size;
                        this.gamma = gamma;
                        step();
                    }

                    protected override IEnumerable<double> get_lr() =>
                        epochNow == 0 || epochNow % stepSize != 0 ? get_last_lr() : get_last_lr().Select(rate => rate * gamma);

                    protected override IEnumerable<double> get_closed_form_lr() =>
                        baseRates.Select(rate => rate * Math.Pow(gamma, epochNow / stepSize));
                }
            }
        }
    }
}
