namespace TorchSharp.Modules;

using static torch;

/// <summary>Adam whose weight decay shrinks the parameters directly, apart from the gradient.</summary>
public partial class AdamW : OptimizerHelper, optim.IBetas
{
    private readonly Options defaults;

    public AdamW(
        IEnumerable<Parameter> parameters,
        double lr = 1e-3,
        double beta1 = 0.9,
        double beta2 = 0.999,
        double eps = 1e-8,
        double weight_decay = 0,
        bool amsgrad = false,
        bool maximize = false)
        : this([new ParamGroup(parameters, new Options())], lr, beta1, beta2, eps, weight_decay, amsgrad, maximize)
    {
    }

    public AdamW(
        IEnumerable<ParamGroup> parameters,
        double lr = 1e-3,
        double beta1 = 0.9,
        double beta2 = 0.999,
        double eps = 1e-8,
        double weight_decay = 0,
        bool amsgrad = false,
        bool maximize = false)
    {
        Require.NotNegative(lr, "learning rate");
        Require.Fraction(beta1, "beta1");
        Require.Fraction(beta2, "beta2");
        Require.NotNegative(eps, "eps");
        Require.NotNegative(weight_decay, "weight decay");
        defaults = new Options
        {
            LearningRate = lr,
            beta1 = beta1,
            beta2 = beta2,
            eps = eps,
            weight_decay = weight_decay,
            amsgrad = amsgrad,
            maximize = maximize,
        };
        foreach (var group in parameters)
        {
            add_param_group(group);
        }
    }

    /// <summary>The default decays; setting them sets those of every group.</summary>
    public (double, double) Betas
    {
        get => (defaults.beta1.Value, defaults.beta2.Value);
        set
        {
            (defaults.beta1, defaults.beta2) = value;
            foreach (var group in groups.Cast<ParamGroup>())
            {
                group.Betas = value;
            }
        }
    }

    public override void add_param_group(Modules.ParamGroup param_group)
    {
        var options = (Options)(param_group.Options ??= new Options());
        options.LearningRate ??= defaults.LearningRate;
        options.beta1 ??= defaults.beta1;
        options.beta2 ??= defaults.beta2;
        options.eps ??= defaults.eps;
        options.weight_decay ??= defaults.weight_decay;
        options.amsgrad ??= defaults.amsgrad;
        options.maximize ??= defaults.maximize;
        base.add_param_group(param_group);
    }

    public override Tensor step(Func<Tensor> closure = null) => _step<ParamGroup>(Update, closure);

    private protected override OptimizerState NewState(Parameter parameter) => new State(parameter);

    private void Update(ParamGroup group)
    {
        var options = group.Options;
        foreach (var parameter in group.Parameters)
        {
            using var direction = Direction(parameter, options.maximize.Value, 0);
            if (direction is not null)
            {
                Update(parameter, direction, options, (State)StateOf(parameter));
            }
        }
    }

    private static void Update(Parameter parameter, Tensor direction, Options options, State state)
    {
        var (beta1, beta2) = (options.beta1.Value, options.beta2.Value);
        state.step++;
        InPlace.Mul(parameter, 1 - (options.LearningRate.Value * options.weight_decay.Value));
        InPlace.Mul(state.exp_avg, beta1);
        InPlace.Add(state.exp_avg, direction, 1 - beta1);
        InPlace.Mul(state.exp_avg_sq, beta2);
        InPlace.AddProduct(state.exp_avg_sq, direction, direction, 1 - beta2);

        using var root = state.LargestSquare().sqrt();
        InPlace.Div(root, Math.Sqrt(1 - Math.Pow(beta2, state.step)));
        InPlace.Add(root, options.eps.Value);
        var rate = options.LearningRate.Value / (1 - Math.Pow(beta1, state.step));
        InPlace.AddQuotient(parameter, state.exp_avg, root, -rate);
    }
}
