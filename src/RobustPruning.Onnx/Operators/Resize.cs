using RobustPruning.Graphs;
using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;

namespace RobustPruning.Onnx.Operators;

/// <summary>A map of another size over its last one or two axes, nearest or linear: Resize, and Upsample as it was before.</summary>
internal sealed class Resize(string name) : IOperator
{
    private const string Asymmetric = "asymmetric", HalfPixel = "half_pixel";

    public string Name => name;

    public long FirstOpset => name == nameof(Resize) ? 10 : 7;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        var map = new FeatureMap(call);
        if (map.Sizes.Length > 2)
            throw call.Refuse("it resizes three axes; one and two are supported.");
        var isOld = name != nameof(Resize) || call.Opset < 11;
        var mode = call.Text("mode", "nearest");
        var transform = isOld ? Asymmetric : call.Text("coordinate_transformation_mode", HalfPixel);
        var rounding = isOld ? "floor" : call.Text("nearest_mode", "round_prefer_floor");
        call.Ignore("cubic_coeff_a", "exclude_outside", "extrapolation_value");
        if (call.Integer("antialias", 0) != 0)
            throw call.Refuse("it smoothes (antialias), which is not supported.");
        if (call.Text("keep_aspect_ratio_policy", "stretch") is not "stretch" and var policy)
            throw call.Refuse($"its keep_aspect_ratio_policy '{policy}' is not supported.");
        var (scales, sizes) = Wanted(call, isOld, 2 + map.Sizes.Length);
        if (Enumerable.Range(0, 2).Any(
            axis => (scales?[axis] ?? 1) != 1 || (sizes is not null && sizes[axis] != call.Input(0).Shape[axis])))
            throw call.Refuse("it resizes the batch or the channels.");
        Interpolation.Sample[][] samples =
        [
            .. map.Sizes.Select((size, axis) => Samples(call, mode, transform, rounding, size, scales?[axis + 2], sizes?[axis + 2])),
        ];
        var columns = samples.Length > 1 ? samples[1] : [new Interpolation.Sample(0, 0, 0)];
        return
        [
            map.Result(
                call.Network.Interpolate(call.Name, map.Flat, samples[0], columns),
                map.Channels,
                [.. samples.Select(axis => (long)axis.Length)]),
        ];
    }

    /// <summary>A scale or a size for each axis.</summary>
    private (double[]? Scales, long[]? Sizes) Wanted(OperatorCall call, bool isOld, int axes)
    {
        var (scaleInput, sizeInput) = isOld ? (1, -1) : (2, 3);
        double[]? scales =
            name != nameof(Resize) && call.Opset < 9 ? call.Floats("scales")?.Select(scale => (double)scale).ToArray()
            : call.Has(scaleInput) && call.Constant(scaleInput) is { Count: > 0 } given
                ? given.Floats().data<float>().ToArray().Select(scale => (double)scale).ToArray()
            : null;
        var sizes = sizeInput > 0 && call.Has(sizeInput) ? call.Integers(sizeInput) : null;
        if (sizes is { Length: 0 })
            sizes = null;
        if ((scales is null) == (sizes is null))
            throw call.Refuse("it needs either scales or sizes.");
        if (call.Integers("axes") is { } chosen)
        {
            var shape = call.Input(0).Shape;
            if (chosen.Length != (scales?.Length ?? sizes!.Length))
                throw call.Refuse($"it has {scales?.Length ?? sizes!.Length} scales or sizes for {chosen.Length} axes.");
            double[]? allScales = scales is null ? null : [.. Enumerable.Repeat(1.0, axes)];
            long[]? allSizes = sizes is null ? null : [.. shape];
            for (var index = 0; index < chosen.Length; index++)
            {
                var axis = call.Axis(chosen[index], axes);
                if (allScales is not null)
                    allScales[axis] = scales![index];
                else
                    allSizes![axis] = sizes![index];
            }

            (scales, sizes) = (allScales, allSizes);
        }

        return
            (scales?.Length ?? sizes!.Length) == axes
            && scales?.All(scale => scale > 0 && double.IsFinite(scale)) != false
            && sizes?.All(size => size > 0) != false
            ? (scales, sizes)
            : throw call.Refuse($"its scales or sizes are not {axes} positive numbers.");
    }

    private static Interpolation.Sample[] Samples(
        OperatorCall call, string mode, string transform, string rounding, long size, double? scale, long? given)
    {
        var outputs = given ?? (long)Math.Floor(size * scale!.Value);
        var factor = scale ?? (double)outputs / size;
        if (transform == "align_corners" && scale is { } stated && stated * size != outputs)
            throw call.Refuse($"its scale {stated} of {size} is no whole size, of which runtimes align corners differently.");
        if (outputs < 1)
            throw call.Refuse("nothing of its input is left.");
        call.Network.Limits.Spend(outputs);
        return [.. Enumerable.Range(0, (int)outputs).Select(output =>
        {
            var place = transform switch
            {
                HalfPixel => ((output + 0.5) / factor) - 0.5,
                "pytorch_half_pixel" => outputs > 1 ? ((output + 0.5) / factor) - 0.5 : 0,
                "align_corners" => outputs == 1 ? 0 : (double)output * (size - 1) / (outputs - 1),
                "tf_half_pixel_for_nn" => (output + 0.5) / factor,
                Asymmetric => output / factor,
                "half_pixel_symmetric" => ((size / 2.0) * (1 - (outputs / (size * factor)))) + ((output + 0.5) / factor) - 0.5,
                _ => throw call.Refuse($"its coordinate_transformation_mode '{transform}' is not supported."),
            };
            return mode switch
            {
                "linear" or "bilinear" => Interpolation.At(place, size),
                "nearest" => Interpolation.At(Nearest(call, rounding, place), size),
                _ => throw call.Refuse($"its mode '{mode}' is not supported."),
            };
        })];
    }

    private static double Nearest(OperatorCall call, string rounding, double place) => rounding switch
    {
        "round_prefer_floor" => Math.Ceiling(place - 0.5),
        "round_prefer_ceil" => Math.Floor(place + 0.5),
        "floor" => Math.Floor(place),
        "ceil" => Math.Ceiling(place),
        _ => throw call.Refuse($"its nearest_mode '{rounding}' is not supported."),
    };
}
