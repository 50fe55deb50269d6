using System.Reflection;
using RobustPruning.Graphs;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Pruning;

/// <summary>
/// Cuts what an optimizer remembers. Every optimizer's state has public fields of its own; those that are tensors in the shape of their
/// parameter are cut like it, everything else is copied.
/// </summary>
internal static class OptimizerCut
{
    /// <summary>Copies options and states, cut along.</summary>
    public static void Copy(PruningPlan plan, GraphModule pruned, OptimizerHelper from, OptimizerHelper to)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        if (from.GetType() != to.GetType())
            throw new PruningException($"The state of an optimizer {from.GetType().Name} does not fit {to.GetType().Name}.")
                { Name = from.GetType().Name, Value = to.GetType().Name };
        var places = Places(plan, pruned);
        Parameter[] old = [.. from.parameters()], fresh = [.. to.parameters()];
        var (source, destination) = (from.state_dict(), to.state_dict());
        if (old.Length != fresh.Length || !Groups(source).SequenceEqual(Groups(destination)))
            throw new PruningException($"The optimizers hold {old.Length} and {fresh.Length} parameters, or hold them in other groups.")
                { Value = fresh.Length };

        for (var index = 0; index < old.Length; index++)
        {
            if (!places.TryGetValue(old[index].Handle, out var place))
                throw new PruningException(
                    $"Parameter {index} of the first optimizer is not one of the network that the plan was made for.")
                {
                    Value = index,
                };
            if (place.Parameter.Handle != fresh[index].Handle)
                throw new PruningException(
                    $"Parameter {index} of the optimizers should be '{place.Name}', but in the second it is another, or of another network.")
                {
                    Name = place.Name,
                    Value = index,
                };
        }

        for (var group = 0; group < source.Options.Count; group++)
            destination.Options[group].LoadStateDict(source.Options[group]);
        for (var index = 0; index < old.Length; index++)
            CopyState(source.State[index], destination.State[index], old[index], places[old[index].Handle]);
    }

    private static IEnumerable<int> Groups(optim.Optimizer.StateDictionary state) => state.StateIndexRef.Select(indices => indices.Count);

    /// <summary>Where each parameter of the original went, by its handle.</summary>
    private static Dictionary<IntPtr, Place> Places(PruningPlan plan, GraphModule pruned)
    {
        var cuts = LayerCut.Of(plan);
        var places = new Dictionary<IntPtr, Place>();
        foreach (var (node, copy) in plan.Network.Nodes.Zip(pruned.Graph.Nodes).Where(pair => pair.First.Module is not null))
        {
            if (node.Name != copy.Name || copy.Module is null)
                throw new PruningException($"The pruned network has '{copy.Name}' where the plan's has '{node.Name}'.")
                    { Name = node.Name, Value = copy.Name };
            foreach (var (name, parameter) in node.Module!.named_parameters())
            {
                places[parameter.Handle] = new Place(
                    $"{node.Name}.{name}", copy.Module.get_parameter(name)!, cuts.GetValueOrDefault(node, LayerCut.Nothing));
            }
        }

        return places;
    }

    private static void CopyState(OptimizerState from, OptimizerState to, Parameter old, Place place)
    {
        foreach (var field in from.GetType().GetFields(BindingFlags.Instance | BindingFlags.Public))
        {
            var value = field.GetValue(from);
            if (value is not Tensor memory)
            {
                if (value is null || field.FieldType.IsValueType)
                    field.SetValue(to, value);
                continue;
            }

            var cut = memory.shape.SequenceEqual(old.shape) ? place.Cut.Select(memory) : memory;
            if (field.GetValue(to) is Tensor present && present.shape.SequenceEqual(cut.shape))
                present.copy_(cut);
            else
                field.SetValue(to, cut.clone().DetachFromDisposeScope());
        }
    }

    private sealed record Place(string Name, Parameter Parameter, LayerCut Cut);
}
