namespace TorchSharp.Modules;

using static torch;

/// <summary>A module of one input that holds no tensors.</summary>
public abstract class ParameterLessModule<T1, TResult> : nn.Module<T1, TResult>
{
    protected ParameterLessModule(string name)
        : base(name)
    {
    }

    public override void register_parameter(string name, Parameter param) => throw Refused("parameter");

    public override void register_buffer(string name, Tensor tensor, bool persistent = true) => throw Refused("buffer");

    public override void register_module(string name, nn.Module submodule) => throw Refused("submodule");

    private static InvalidOperationException Refused(string what) => new($"Cannot register a {what} on a parameter-less module.");
}
