namespace TorchSharp.Modules;

using static torch;

/// <summary>What all optimizers here share: groups, a state for every parameter, and their storage.</summary>
public abstract class OptimizerHelper : optim.Optimizer
{
    private readonly Dictionary<Parameter, OptimizerState> states = new(ReferenceEqualityComparer.Instance);

    // Public as on the genuine class, though only the optimizers here derive from this one.
    public OptimizerHelper()
    {
    }

    public override IEnumerable<Parameter> parameters() => groups.SelectMany(group => group.Parameters);

    /// <summary>Fills the gradients with zeros; unlike a module's zero_grad, which drops them.</summary>
    public override void zero_grad()
    {
        foreach (var parameter in parameters())
        {
            Gradients.Clear(parameter, setToNull: false);
        }
    }

    public override void add_param_group(ParamGroup param_group)
    {
        var options = param_group.Options;
        options.InitialLearningRate = options.LearningRate.Value;
        groups.Add(param_group);
        foreach (var parameter in param_group.Parameters)
        {
            // A parameter that stands in several groups has one state.
            var state = NewState(parameter);
            state.Initialize(options);
            if (!states.TryAdd(parameter, state))
            {
                (state as IDisposable)?.Dispose();
            }
        }
    }

    /// <summary>The live options and states.</summary>
    public virtual StateDictionary state_dict()
    {
        var result = new StateDictionary();
        foreach (var group in groups)
        {
            result.Options.Add(group.Options);
            var indices = new List<int>();
            foreach (var parameter in group.Parameters)
            {
                indices.Add(result.State.Count);
                result.State.Add(states[parameter]);
            }

            result.StateIndexRef.Add(indices);
        }

        return result;
    }

    public virtual void load_state_dict(StateDictionary state_dict)
    {
        var own = this.state_dict();
        RequireSameGroups(own, state_dict.StateIndexRef.Select(indices => indices.Count));
        for (var i = 0; i < own.Options.Count; i++)
        {
            own.Options[i].LoadStateDict(state_dict.Options[i]);
            for (var j = 0; j < own.StateIndexRef[i].Count; j++)
            {
                own.State[own.StateIndexRef[i][j]].LoadStateDict(state_dict.State[state_dict.StateIndexRef[i][j]]);
            }
        }
    }

    public void save_state_dict(string location)
    {
        using var writer = new BinaryWriter(File.Create(location));
        save_state_dict(writer);
    }

    public void save_state_dict(BinaryWriter writer)
    {
        var own = state_dict();
        writer.Write(GetType().Name);
        writer.Write7BitEncodedInt(own.Options.Count);
        foreach (var indices in own.StateIndexRef)
        {
            writer.Write7BitEncodedInt(indices.Count);
        }

        own.Options.ForEach(options => options.SaveStateDict(writer));
        own.State.ForEach(state => state.SaveStateDict(writer));
    }

    public void load_state_dict(string location)
    {
        using var reader = new BinaryReader(File.OpenRead(location));
        load_state_dict(reader);
    }

    public void load_state_dict(BinaryReader reader)
    {
        var kind = reader.ReadString();
        if (kind != GetType().Name)
        {
            throw new ArgumentException($"The state is one of '{kind}', not of {GetType().Name}.", nameof(reader));
        }

        var own = state_dict();
        var count = reader.Read7BitEncodedInt();
        RequireSameGroups(own, Enumerable.Range(0, Math.Clamp(count, 0, own.Options.Count + 1)).Select(_ => reader.Read7BitEncodedInt()));
        own.Options.ForEach(options => options.LoadStateDict(reader));
        own.State.ForEach(state => state.LoadStateDict(reader));
    }

    /// <summary>Moves what the optimizer remembers, not the parameters.</summary>
    public void to(Device device)
    {
        foreach (var state in states.Values)
        {
            state.to(device);
        }
    }

    /// <summary>Runs an update of every group outside of autograd; gives back the closure's loss, if there is a closure.</summary>
    protected Tensor _step<T>(Action<T> body, Func<Tensor> loss_closure = null)
        where T : ParamGroup
    {
        Tensor loss = null;
        if (loss_closure is not null)
        {
            using var recording = enable_grad();
            loss = loss_closure();
        }

        using var quiet = no_grad();
        foreach (var group in groups)
        {
            body((T)group);
        }

        return loss;
    }

    private protected override void DisposeStates()
    {
        foreach (var state in states.Values)
        {
            (state as IDisposable)?.Dispose();
        }

        states.Clear();
    }

    private protected abstract OptimizerState NewState(Parameter parameter);

    private protected OptimizerState StateOf(Parameter parameter) => states[parameter];

    /// <summary>The gradient that an update follows: turned round to maximise, with weight decay; a temporary of the caller's. Null without one.</summary>
    private protected static Tensor Direction(Parameter parameter, bool maximize, double weight_decay)
    {
        var gradient = parameter.grad;
        if (gradient is null || (!maximize && weight_decay == 0))
        {
            return gradient;
        }

        using (gradient)
        {
            var direction = maximize ? gradient.neg() : gradient.clone();
            if (weight_decay != 0)
            {
                InPlace.Add(direction, parameter, weight_decay);
            }

            return direction;
        }
    }

    private static void RequireSameGroups(StateDictionary own, IEnumerable<int> sizes)
    {
        if (!own.StateIndexRef.Select(indices => indices.Count).SequenceEqual(sizes))
        {
            throw new ArgumentException("The state belongs to an optimizer with other groups of parameters.");
        }
    }
}
