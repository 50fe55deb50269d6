using System.CommandLine;
using System.Globalization;
using KeypointRobustness.Runs;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Onnx;
using RobustPruning.Training;

namespace KeypointRobustness.Commands;

/// <summary>
/// The options of commands that load a model: the file, how an ONNX file is read, and how keypoints are read off heatmaps.
/// </summary>
internal sealed class ModelOptions
{
    private const string Decoders = "auto, coordinates, argmax, offsets or softargmax";

    private readonly Option<string> _model = new("--model")
    {
        Description = "A model file that train or prune wrote, or an ONNX model (.onnx).",
        Required = true,
    };
    private readonly Option<string?> _inputShape = new("--input-shape")
    {
        Description = "For an ONNX model that leaves sizes open: its input's shape with the batch, for example 1,3,64,64.",
    };

    private readonly Option<OnnxBatch> _batch = new("--batch-axis")
    {
        Description = "For an ONNX model, what its first axis is: automatic, firstaxis (the batch) or none.",
        DefaultValueFactory = _ => OnnxBatch.Automatic,
    };

    private readonly Option<bool> _stop = new("--stop-before-softmax")
    {
        Description = "Leave out a Softmax whose value is an ONNX model's output.",
    };
    private readonly Option<string> _decoder = new("--decoder")
    {
        Description = $"How keypoints are read off the network's output: {Decoders}; auto takes argmax for heatmaps, with offsets where "
            + $"there are some.",
        DefaultValueFactory = _ => "auto",
    };

    private readonly Option<double> _beta = new("--beta") { Description = "The factor of a soft arg max.", DefaultValueFactory = _ => 1 };
    private readonly Option<double> _offsetScale = new("--offset-scale")
    {
        Description = "Pixels for an offset of 1.",
        DefaultValueFactory = _ => 1,
    };

    /// <summary>Adds all of them to a command that loads a model.</summary>
    public void AddTo(Command command)
    {
        command.Add(_model);
        AddOnnxTo(command);
        AddDecoderTo(command);
    }

    /// <summary>Adds those about ONNX models.</summary>
    public void AddOnnxTo(Command command)
    {
        foreach (var option in new Option[] { _inputShape, _batch, _stop })
            command.Add(option);
    }

    /// <summary>Adds those about heatmaps.</summary>
    public void AddDecoderTo(Command command)
    {
        foreach (var option in new Option[] { _decoder, _beta, _offsetScale })
            command.Add(option);
    }

    /// <summary>Whether the model is an ONNX model.</summary>
    public bool IsOnnx(ParseResult parsed) => ModelSource.IsOnnx(parsed.GetValue(_model)!);

    /// <summary>The network; the caller owns it.</summary>
    public GraphModule Load(ParseResult parsed) => ModelSource.Load(parsed.GetValue(_model)!, Onnx(parsed));

    /// <summary>What the model file says about its training.</summary>
    public ModelNotes Notes(ParseResult parsed) => ModelNotes.Load(parsed.GetValue(_model)!);

    /// <summary>How an ONNX model is read.</summary>
    public OnnxLoadOptions Onnx(ParseResult parsed) => new()
    {
        InputShape = parsed.GetValue(_inputShape) is { } shape ? Shape(shape) : null,
        Batch = parsed.GetValue(_batch),
        StopBeforeSoftmax = parsed.GetValue(_stop),
    };

    /// <summary>What reads keypoints off the network's output; null for coordinates.</summary>
    public HeatmapDecoder? Decoder(ParseResult parsed, Graph network)
    {
        HeatmapDecoding? decoding = parsed.GetValue(_decoder) switch
        {
            "auto" => IsMaps(network.Outputs[0]) ? network.Outputs.Count == 2 ? HeatmapDecoding.ArgMaxWithOffset : HeatmapDecoding.ArgMax
                : null,
            "coordinates" => null,
            "argmax" => HeatmapDecoding.ArgMax,
            "offsets" => HeatmapDecoding.ArgMaxWithOffset,
            "softargmax" => HeatmapDecoding.SoftArgMax,
            var other => throw new ArgumentException($"Unknown decoder '{other}'; --decoder is {Decoders}."),
        };
        return decoding is null
            ? null
            : HeatmapDecoder.For(network, decoding.Value) with
            {
                Beta = parsed.GetValue(_beta),
                OffsetScale = parsed.GetValue(_offsetScale),
            };
    }

    /// <summary>The task of a network that gives heatmaps; null for one that gives coordinates.</summary>
    public HeatmapLoss? Task(ParseResult parsed, Graph network) =>
        Decoder(parsed, network) is { } decoder ? new HeatmapLoss(decoder) : null;

    // [1, K, 2] are coordinates.
    private static bool IsMaps(GraphNode output) =>
        output.Shape is [> 0 and var maps, var height, var width] && height * width > 1 && (maps > 1 || width != 2);

    private static long[] Shape(string text)
    {
        try
        {
            return [.. text.Split(',', 'x').Select(size => long.Parse(size, NumberStyles.None, CultureInfo.InvariantCulture))];
        }
        catch (Exception error) when (error is FormatException or OverflowException)
        {
            throw new ArgumentException($"--input-shape '{text}' is not a list of whole numbers such as 1,3,64,64.", error);
        }
    }
}
