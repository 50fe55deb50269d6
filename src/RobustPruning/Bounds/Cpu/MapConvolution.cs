using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RobustPruning.Bounds.Cpu;

/// <summary>
/// Whole maps in 64 bits under a convolution: centre and generators, and with the absolute values of the weights what each number is
/// uncertain by. Four maps share each weight that is read; the fourth of the first four is the uncertain one. Channels of a place that are
/// zero in all of them are left out.
/// </summary>
internal sealed unsafe class MapConvolution<TWeight>(ConvolutionStep step, TWeight* weights)
    where TWeight : unmanaged
{
    private const int Together = 4;

    /// <summary>The maps behind the convolution.</summary>
    /// <param name="pool">For memory.</param>
    /// <param name="maps">The maps.</param>
    /// <param name="targets">Where the new maps go.</param>
    /// <param name="uncertain">What each number is uncertain by; null if it is not.</param>
    /// <param name="uncertainTarget">Where |W| times that goes.</param>
    public void Apply(BufferPool pool, double*[] maps, double*[] targets, double* uncertain, double* uncertainTarget)
    {
        BufferPool.Buffer starts = pool.Rent<int>(((long)step.From.Area * step.Groups) + 1), rows = pool.Rent<nint>(step.From.Size);
        BufferPool.Buffer packed = pool.Rent<double>((long)step.From.Size * Together), none = pool.Rent<double>(step.Map.Size);
        var segments = pool.Rent<Segment>((long)step.Rows.Kernel * step.Columns.Kernel);
        double** four = stackalloc double*[Together], fourTargets = stackalloc double*[Together];
        for (var first = 0; first < maps.Length || first == 0;)
        {
            var isFirst = first == 0;
            for (var slot = 0; slot < Together; slot++)
            {
                var isUncertain = isFirst && slot == Together - 1;
                var map = isUncertain || first >= maps.Length ? -1 : first++;
                four[slot] = isUncertain ? uncertain : map < 0 ? null : maps[map];
                fourTargets[slot] = four[slot] is null ? none.Doubles : isUncertain ? uncertainTarget : targets[map];
            }

            Pack(four, starts.As<int>(), rows.As<nint>(), packed.Doubles);
            Multiply(starts.As<int>(), rows.As<nint>(), packed.Doubles, segments.As<Segment>(), fourTargets, absoluteLast: isFirst);
        }

        foreach (var buffer in new[] { starts, rows, packed, none, segments })
            buffer.Release();
    }

    /// <summary>The channels of each place, group by group, that are not zero in all four maps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pack(double** four, int* starts, nint* rows, double* packed)
    {
        int found = 0, channels = step.ChannelsPerGroup, features = step.FeaturesPerGroup;
        double* first = four[0], second = four[1], third = four[2], fourth = four[3];
        var index = 0L;
        for (var place = 0; place < step.From.Area; place++)
        {
            for (var channel = 0; channel < step.From.Channels; channel++, index++)
            {
                if (channel % channels == 0)
                    starts[((long)place * step.Groups) + (channel / channels)] = found;
                double a = first is null ? 0 : first[index],
                    b = second is null ? 0 : second[index],
                    c = third is null ? 0 : third[index],
                    d = fourth is null ? 0 : fourth[index];
                if (a == 0 && b == 0 && c == 0 && d == 0)
                    continue;
                rows[found] = (nint)channel * features;
                var to = packed + (4L * found++);
                (to[0], to[1], to[2], to[3]) = (a, b, c, d);
            }
        }

        starts[(long)step.From.Area * step.Groups] = found;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(int* starts, nint* rows, double* packed, Segment* segments, double** targets, bool absoluteLast)
    {
        int groups = step.Groups, features = step.FeaturesPerGroup, lanes = Vector512<double>.Count;
        var ofLast = absoluteLast ? Vector512.Create(long.MaxValue).AsDouble() : Vector512<double>.AllBitsSet;
        var to = stackalloc double*[Together];
        for (var row = 0; row < step.Map.Height; row++)
        {
            for (var column = 0; column < step.Map.Width; column++)
            {
                for (var group = 0; group < groups; group++)
                {
                    var count = 0;
                    foreach (var (fromRow, tapRow) in step.RowSources[row])
                    {
                        foreach (var (fromColumn, tapColumn) in step.ColumnSources[column])
                        {
                            var start = starts + ((((long)fromRow * step.From.Width) + fromColumn) * groups) + group;
                            if (start[0] < start[1])
                                segments[count++] = new Segment(
                                    start[0],
                                    start[1],
                                    (nint)(weights + ((((long)tapRow * step.Columns.Kernel) + tapColumn) * step.From.Channels * features)));
                        }
                    }

                    var place = ((((long)row * step.Map.Width) + column) * step.Map.Channels) + (group * features);
                    for (var slot = 0; slot < Together; slot++)
                        to[slot] = targets[slot] + place;
                    var feature = 0;
                    for (; feature + lanes < features; feature += 2 * lanes)
                        Tile2(segments, count, packed, rows, to, feature, Tiles<double, TWeight>.Kept(features - feature - lanes), ofLast);
                    if (feature < features)
                        Tile1(segments, count, packed, rows, to, feature, Tiles<double, TWeight>.Kept(features - feature), ofLast);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile2(
        Segment* segments, int count, double* packed, nint* rows, double** targets, int feature, Vector512<double> kept,
        Vector512<double> ofLast)
    {
        Vector512<double> all00 = default, all01 = default;
        Vector512<double> all10 = default, all11 = default;
        Vector512<double> all20 = default, all21 = default;
        Vector512<double> all30 = default, all31 = default;
        for (var segment = segments; segment < segments + count; segment++)
        {
            var weights = (TWeight*)segment->Weights + feature;
            for (int first = segment->First, end = segment->End; first < end;)
            {
                Vector512<double> sum00 = default, sum01 = default;
                Vector512<double> sum10 = default, sum11 = default;
                Vector512<double> sum20 = default, sum21 = default;
                Vector512<double> sum30 = default, sum31 = default;
                for (var last = Math.Min(end, first + ConvolutionStep.Block); first < last; first++)
                {
                    var line = weights + rows[first];
                    var values = packed + (4L * first);
                    var weight0 = Tiles<double, TWeight>.Load(line);
                    var weight1 = Tiles<double, TWeight>.Load(line + Vector512<double>.Count);
                    var value0 = Vector512.Create(*values);
                    sum00 = Vector512.FusedMultiplyAdd(value0, weight0, sum00);
                    sum01 = Vector512.FusedMultiplyAdd(value0, weight1, sum01);
                    var value1 = Vector512.Create(values[1]);
                    sum10 = Vector512.FusedMultiplyAdd(value1, weight0, sum10);
                    sum11 = Vector512.FusedMultiplyAdd(value1, weight1, sum11);
                    var value2 = Vector512.Create(values[2]);
                    sum20 = Vector512.FusedMultiplyAdd(value2, weight0, sum20);
                    sum21 = Vector512.FusedMultiplyAdd(value2, weight1, sum21);
                    var value3 = Vector512.Create(values[3]);
                    sum30 = Vector512.FusedMultiplyAdd(value3, weight0 & ofLast, sum30);
                    sum31 = Vector512.FusedMultiplyAdd(value3, weight1 & ofLast, sum31);
                }

                all00 += sum00;
                all01 += sum01;
                all10 += sum10;
                all11 += sum11;
                all20 += sum20;
                all21 += sum21;
                all30 += sum30;
                all31 += sum31;
            }
        }

        Vector512.Store(all00, targets[0] + feature);
        Vector512.Store(
            Merged(all01, kept, targets[0] + feature + Vector512<double>.Count),
            targets[0] + feature + Vector512<double>.Count);
        Vector512.Store(all10, targets[1] + feature);
        Vector512.Store(
            Merged(all11, kept, targets[1] + feature + Vector512<double>.Count),
            targets[1] + feature + Vector512<double>.Count);
        Vector512.Store(all20, targets[2] + feature);
        Vector512.Store(
            Merged(all21, kept, targets[2] + feature + Vector512<double>.Count),
            targets[2] + feature + Vector512<double>.Count);
        Vector512.Store(all30, targets[3] + feature);
        Vector512.Store(
            Merged(all31, kept, targets[3] + feature + Vector512<double>.Count),
            targets[3] + feature + Vector512<double>.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile1(
        Segment* segments, int count, double* packed, nint* rows, double** targets, int feature, Vector512<double> kept,
        Vector512<double> ofLast)
    {
        Vector512<double> all00 = default;
        Vector512<double> all10 = default;
        Vector512<double> all20 = default;
        Vector512<double> all30 = default;
        for (var segment = segments; segment < segments + count; segment++)
        {
            var weights = (TWeight*)segment->Weights + feature;
            for (int first = segment->First, end = segment->End; first < end;)
            {
                Vector512<double> sum00 = default;
                Vector512<double> sum10 = default;
                Vector512<double> sum20 = default;
                Vector512<double> sum30 = default;
                for (var last = Math.Min(end, first + ConvolutionStep.Block); first < last; first++)
                {
                    var line = weights + rows[first];
                    var values = packed + (4L * first);
                    var weight0 = Tiles<double, TWeight>.Load(line);
                    var value0 = Vector512.Create(*values);
                    sum00 = Vector512.FusedMultiplyAdd(value0, weight0, sum00);
                    var value1 = Vector512.Create(values[1]);
                    sum10 = Vector512.FusedMultiplyAdd(value1, weight0, sum10);
                    var value2 = Vector512.Create(values[2]);
                    sum20 = Vector512.FusedMultiplyAdd(value2, weight0, sum20);
                    var value3 = Vector512.Create(values[3]);
                    sum30 = Vector512.FusedMultiplyAdd(value3, weight0 & ofLast, sum30);
                }

                all00 += sum00;
                all10 += sum10;
                all20 += sum20;
                all30 += sum30;
            }
        }

        Vector512.Store(Merged(all00, kept, targets[0] + feature), targets[0] + feature);
        Vector512.Store(Merged(all10, kept, targets[1] + feature), targets[1] + feature);
        Vector512.Store(Merged(all20, kept, targets[2] + feature), targets[2] + feature);
        Vector512.Store(Merged(all30, kept, targets[3] + feature), targets[3] + feature);
    }

    /// <summary>Lanes that are not kept stay what they were: they belong to the next numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Merged(Vector512<double> values, Vector512<double> kept, double* target) =>
        Vector512.ConditionalSelect(kept, values, Vector512.Load(target));

    /// <summary>Packed numbers that one tap multiplies.</summary>
    private readonly record struct Segment(int First, int End, nint Weights);
}
