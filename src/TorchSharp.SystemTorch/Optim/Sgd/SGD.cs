namespace TorchSharp.Modules;

using static torch;

/// <summary>Stochastic gradient descent, with momentum if wanted.</summary>
public partial class SGD : OptimizerHelper, optim.IMomentum
{
    private readonly Options defaults;

    public SGD(
        IEnumerable<Parameter> parameters,
        double lr,
        double momentum = 0,
        double dampening = 0,
        double weight_decay = 0,
        bool nesterov = false,
        bool maximize = false)
        : this([new ParamGroup(parameters, new Options())], lr, momentum, dampening, weight_decay, nesterov, maximize)
    {
    }

    public SGD(
        IEnumerable<ParamGroup> parameters,
        double lr,
        double momentum = 0,
        double dampening = 0,
        double weight_decay = 0,
        bool nesterov = false,
        bool maximize = false)
    {
        Require.NotNegative(lr, "learning rate");
        Require.NotNegative(momentum, "momentum");
        Require.NotNegative(weight_decay, "weight decay");
        if (nesterov && (momentum == 0 || dampening != 0))
        {
            throw new ArgumentException("Nesterov momentum requires a momentum and zero dampening.");
        }

        defaults = new Options
        {
            LearningRate = lr,
            momentum = momentum,
            dampening = dampening,
            weight_decay = weight_decay,
            nesterov = nesterov,
            maximize = maximize,
        };
        foreach (var group in parameters)
        {
            add_param_group(group);
        }
    }

    /// <summary>The default momentum; setting it sets that of every group.</summary>
    public double Momentum
    {
        get => defaults.momentum.Value;
        set
        {
            defaults.momentum = value;
            foreach (var group in groups.Cast<ParamGroup>())
            {
                group.Momentum = value;
            }
        }
    }

    public override void add_param_group(Modules.ParamGroup param_group)
    {
        var options = (Options)(param_group.Options ??= new Options());
        options.LearningRate ??= defaults.LearningRate;
        options.momentum ??= defaults.momentum;
        options.dampening ??= defaults.dampening;
        options.weight_decay ??= defaults.weight_decay;
        options.nesterov ??= defaults.nesterov;
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
            using var direction = Direction(parameter, maximize: false, options.weight_decay.Value);
            if (direction is not null)
            {
                Update(parameter, direction, options, (State)StateOf(parameter));
            }
        }
    }

    private static void Update(Parameter parameter, Tensor direction, Options options, State state)
    {
        // As in TorchSharp (and not in PyTorch), maximizing turns the weight decay round with the gradient.
        var rate = options.maximize.Value ? -options.LearningRate.Value : options.LearningRate.Value;
        var momentum = options.momentum.Value;
        if (momentum == 0)
        {
            InPlace.Add(parameter, direction, -rate);
            return;
        }

        if (state.momentum_buffer is null)
        {
            state.momentum_buffer = direction.clone().DetachFromDisposeScope();
        }
        else
        {
            InPlace.Mul(state.momentum_buffer, momentum);
            InPlace.Add(state.momentum_buffer, direction, 1 - options.dampening.Value);
        }

        if (options.nesterov.Value)
        {
            using var ahead = direction.add(state.momentum_buffer, momentum);
            InPlace.Add(parameter, ahead, -rate);
        }
        else
        {
            InPlace.Add(parameter, state.momentum_buffer, -rate);
        }
    }
}
