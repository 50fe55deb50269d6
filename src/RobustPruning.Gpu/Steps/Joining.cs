using RobustPruning.Bounds;
using RobustPruning.Gpu.Kernels;

namespace RobustPruning.Gpu.Steps;

/// <summary>
/// Values where branches of a graph meet. The branches share the semantic parameters and every symbol born before they parted, so their
/// generators are added, and what the branches have in common cancels.
/// </summary>
internal sealed class Joining(DeviceSession session, Errors errors, Radii radii)
{
    /// <summary>The sum of two values of one size.</summary>
    public DeviceValue Sum(DeviceValue first, DeviceValue second)
    {
        DeviceArray<double> maps = session.Rent<double>(first.Maps.Count), lost = session.Rent<double>(first.Map.Size);
        var both = session.Rent<double>(1);
        session.Launch(JoiningKernels.Sum, first.Maps.Count, first.Maps.View, second.Maps.View, maps.View);
        session.Launch(JoiningKernels.Loss, first.Map.Size, first.View, second.View, lost.View, first.Underflow + second.Underflow);
        session.Launch(ReductionKernels.JoinErrors, 1, first.Error.View, second.Error.View, both.View, 0);
        var error = errors.Next(both, 1, lost, lost);
        lost.Release();
        both.Release();
        var symbols = Union(first.Symbols, second.Symbols);
        return new DeviceValue(first.Map, first.Rows, maps, radii.Of(first.Map, symbols), error, symbols);
    }

    /// <summary>Values of one height and width one behind the other along the channels. Nothing is rounded: each number is moved.</summary>
    public DeviceValue Concatenate(MapShape map, IReadOnlyList<DeviceValue> parts)
    {
        DeviceValue? all = null;
        var channel = 0;
        foreach (var part in parts)
        {
            var placed = Place(part, channel, map);
            channel += part.Map.Channels;
            if (all is null)
            {
                all = placed;
                continue;
            }

            DeviceArray<double> maps = session.Rent<double>(placed.Maps.Count), error = session.Rent<double>(1);
            session.Launch(JoiningKernels.Sum, placed.Maps.Count, all.Maps.View, placed.Maps.View, maps.View);

            // Errors in different places: their squares add up, whatever they have in common.
            session.Launch(ReductionKernels.JoinErrors, 1, all.Error.View, placed.Error.View, error.View, 1);
            var symbols = Union(all.Symbols, placed.Symbols);
            var joined = new DeviceValue(map, placed.Rows, maps, radii.Of(map, symbols), error, symbols);
            all.Release();
            placed.Release();
            all = joined;
        }

        return all!;
    }

    private DeviceValue Place(DeviceValue part, int channel, MapShape map)
    {
        var maps = session.Rent<double>((long)part.Rows * map.Size);
        var zeros = session.RentFilledInts(2L * part.Rows, 0);
        session.Launch(JoiningKernels.Place, maps.Count, DeviceSymbols.Whole(part.Maps, zeros, part.Rows, part.Map),
            DeviceSymbols.Whole(maps, zeros, part.Rows, map), channel);
        zeros.Release();
        DeviceSymbols[] symbols = [.. part.Symbols.Select(block =>
        {
            var size = block.Size / block.Map.Channels * map.Channels;
            var placed = block with { Map = map, Values = session.Rent<double>(size), Corners = block.Corners.Share() };
            session.Launch(JoiningKernels.Place, size, block.View, placed.View, channel);
            return placed;
        })];
        return new DeviceValue(map, part.Rows, maps, radii.Of(map, symbols), part.Error.Share(), symbols);
    }

    /// <summary>All symbols of two values; those that both hold are added.</summary>
    private DeviceSymbols[] Union(IReadOnlyList<DeviceSymbols> first, IReadOnlyList<DeviceSymbols> second) =>
    [
        .. first.Select(block => second.FirstOrDefault(other => other.Birth == block.Birth) is { } same ? Add(block, same) : block.Share()),
        .. second.Where(block => first.All(other => other.Birth != block.Birth)).Select(block => block.Share()),
    ];

    private DeviceSymbols Add(DeviceSymbols first, DeviceSymbols second)
    {
        var corners = session.Rent<int>(2L * first.Count);
        var sizes = session.RentFilledInts(2, 1);
        session.Launch(JoiningKernels.UnionCorners, first.Count, first.View, second.View, corners.View, sizes.View);
        var size = session.Download(sizes.View);
        sizes.Release();
        int height = Math.Min(size[0], first.Map.Height), width = Math.Min(size[1], first.Map.Width);
        var values = session.Rent<double>((long)first.Count * height * width * first.Map.Channels);
        var sum = first with { Height = height, Width = width, Values = values, Corners = corners };
        session.Launch(JoiningKernels.SettleCorners, sum.Count, sum.View);
        session.Launch(JoiningKernels.Add, sum.Size, first.View, second.View, sum.View);
        return sum;
    }
}
