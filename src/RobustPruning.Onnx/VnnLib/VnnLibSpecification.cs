namespace RobustPruning.Onnx.VnnLib;

/// <summary>
/// A specification in VNN-LIB: which outputs are unsafe for which inputs. A network is safe if it reaches none of them. Read is the part of
/// the format with variables <c>X_i</c> and <c>Y_j</c>, <c>and</c>, <c>or</c>, comparisons of linear terms, and every input between two
/// numbers.
/// </summary>
public sealed class VnnLibSpecification
{
    private const long LongestFile = 1L << 28;

    private readonly Script _script;

    private VnnLibSpecification(string text)
    {
        _script = ScriptReader.Read(text);
        Cases = new CaseBuilder(_script).Build();
    }

    /// <summary>The number of inputs.</summary>
    public int Inputs => _script.Inputs;

    /// <summary>The number of outputs.</summary>
    public int Outputs => _script.Outputs;

    /// <summary>All that is unsafe; none where the assertions contradict each other.</summary>
    public IReadOnlyList<VnnLibCase> Cases { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="VnnLibException">
    /// The file cannot be read, or is no specification that can be; the message says where and why.
    /// </exception>
    public static VnnLibSpecification Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            if (new FileInfo(path).Length > LongestFile)
                throw new VnnLibException("it is longer than a specification can be.");
            return new VnnLibSpecification(File.ReadAllText(path));
        }
        catch (VnnLibException error)
        {
            throw error.In(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new VnnLibException($"it cannot be read: {error.Message}", inner: error).In(path);
        }
    }

    /// <summary>Reads a text.</summary>
    /// <param name="text">The specification.</param>
    /// <exception cref="VnnLibException">The text is no specification that can be read; the message says where and why.</exception>
    public static VnnLibSpecification Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new VnnLibSpecification(text);
    }

    /// <summary>
    /// Whether the assertions as they are written hold for an input and an output; not where a number is not finite. Outputs are judged
    /// exactly, inputs by their bounds in 64-bit numbers, so that an input fixed at 0.1 can be met at all.
    /// </summary>
    /// <param name="inputs">The input, in row-major order.</param>
    /// <param name="outputs">The output.</param>
    /// <exception cref="ArgumentException">There are not as many numbers as variables.</exception>
    public bool IsUnsafe(IReadOnlyList<double> inputs, IReadOnlyList<double> outputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(outputs);
        if (inputs.Count != Inputs || outputs.Count != Outputs)
            throw new ArgumentException(
                $"There are {inputs.Count} inputs and {outputs.Count} outputs for a specification of {Inputs} and {Outputs}.",
                nameof(inputs));
        return inputs.Concat(outputs).All(double.IsFinite)
            && _script.Assertions.Holds(variable => (variable.IsOutput ? outputs : inputs)[variable.Index]);
    }

    /// <summary>For example <c>2 cases of 5 inputs and 5 outputs</c>.</summary>
    public override string ToString() => $"{Cases.Count} cases of {Inputs} inputs and {Outputs} outputs";
}
