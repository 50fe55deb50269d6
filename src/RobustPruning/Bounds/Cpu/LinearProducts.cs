using System.Numerics;
using System.Runtime.CompilerServices;

namespace RobustPruning.Bounds.Cpu;

/// <summary>
/// A linear layer, which makes one place of a whole map. Its weights are many, and reading them is what it costs: so each is read once, for
/// centre and generators, for what is uncertain and for all symbols. Inputs that are zero in all of them are left out.
/// </summary>
internal sealed unsafe class LinearProducts<T, TWeight>(BufferPool pool, ConvolutionStep step, TWeight* weights)
    where T : unmanaged, INumber<T>
    where TWeight : unmanaged
{
    /// <summary>Adds the products of maps, of what is uncertain and of symbols that have windows.</summary>
    /// <param name="maps">64-bit maps; the new ones are vectors.</param>
    /// <param name="targets">Where to add.</param>
    /// <param name="uncertain">What each number is uncertain by; null if it is not.</param>
    /// <param name="uncertainTarget">Where to add |W| times that.</param>
    /// <param name="blocks">Symbols that have windows.</param>
    /// <param name="results">Their dense results, to be added to.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(
        double*[] maps, double*[] targets, double* uncertain, double* uncertainTarget, SymbolBlock<T>[] blocks, SymbolBlock<T>[] results)
    {
        int features = step.Map.Channels, channels = step.From.Channels;
        BufferPool.Buffer inputs = pool.Rent<int>(step.From.Size), rows = pool.Rent<nint>(ConvolutionStep.Block);
        BufferPool.Buffer packed = pool.Rent<T>(ConvolutionStep.Block * 8L), wide = pool.Rent<double>(ConvolutionStep.Block * 4L);
        BufferPool.Buffer none = pool.RentZeros<double>(features + 16);
        var active = Active(maps, uncertain, blocks, inputs.As<int>());
        var four = stackalloc double*[4];
        var eight = stackalloc T*[8];
        var places = step.PlacesTogether(blocks.Length == 0 ? step.From.Width : blocks.Min(block => block.Width));
        for (int first = 0, count; first < active; first += count)
        {
            count = Together(inputs.As<int>() + first, active - first, places);
            var chosen = inputs.As<int>() + first;
            for (var k = 0; k < count; k++)
                rows.As<nint>()[k] = (nint)chosen[k] * features;
            for (var slot = 0; slot < maps.Length + 1; slot += 4)
            {
                // The fourth of the first four is what is uncertain.
                for (var index = 0; index < 4; index++)
                {
                    var map = slot + index < 3 ? slot + index : slot + index == 3 ? -1 : slot + index - 1;
                    var source = map < 0 ? uncertain : map < maps.Length ? maps[map] : null;
                    four[index] = source is null ? none.Doubles : map < 0 ? uncertainTarget : targets[map];
                    for (var k = 0; k < count; k++)
                        wide.Doubles[(4 * k) + index] = source is null ? 0 : source[chosen[k]];
                }

                Tiles<double, TWeight>.Add4(wide.Doubles, weights, rows.As<nint>(), count, four, features, absoluteLast: slot == 0);
            }

            foreach (var (block, result) in blocks.Zip(results))
            {
                for (int symbol = 0, slot = 0; symbol <= block.Count; symbol++)
                {
                    if (symbol < block.Count && Pack(block, symbol, chosen, count, channels, packed.As<T>() + slot))
                        eight[slot++] = result.Values + (symbol * result.Size);
                    if (slot == 8 || (symbol == block.Count && slot > 0))
                    {
                        for (; slot < 8; slot++)
                        {
                            eight[slot] = none.As<T>();
                            for (var k = 0; k < count; k++)
                                packed.As<T>()[(8 * k) + slot] = T.Zero;
                        }

                        Tiles<T, TWeight>.Add8(packed.As<T>(), weights, rows.As<nint>(), count, eight, features);
                        slot = 0;
                    }
                }
            }
        }

        foreach (var buffer in new[] { inputs, rows, packed, wide, none })
            buffer.Release();
    }

    /// <summary>The inputs that are not zero everywhere, in the order of memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Active(double*[] maps, double* uncertain, SymbolBlock<T>[] blocks, int* inputs)
    {
        var count = 0;
        var all = blocks.Any(block => block.Slope is null);
        for (var index = 0; index < step.From.Size; index++)
        {
            var isActive = all || (uncertain is not null && uncertain[index] != 0);
            for (var map = 0; map < maps.Length && !isActive; map++)
                isActive = maps[map][index] != 0;
            for (var block = 0; block < blocks.Length && !isActive; block++)
                isActive = blocks[block].Slope[index] != T.Zero;
            inputs[count] = index;
            count += isActive ? 1 : 0;
        }

        return count;
    }

    /// <summary>How many of the next inputs are multiplied together: those of some places of one row.</summary>
    private int Together(int* inputs, int count, int places)
    {
        int channels = step.From.Channels,
            first = inputs[0] / channels,
            end = Math.Min(((first / step.From.Width) + 1) * step.From.Width, first + places) * channels;
        var together = 1;
        while (together < Math.Min(count, ConvolutionStep.Block) && inputs[together] < end)
            together++;
        return together;
    }

    /// <summary>
    /// A symbol's numbers at some inputs, each eight numbers after the one before; false if its window holds none of them.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Pack(SymbolBlock<T> block, int symbol, int* chosen, int count, int channels, T* packed)
    {
        var width = block.Map.Width;
        var (top, bottom, left, right) = block.Inside(symbol);
        if (chosen[0] / channels / width >= bottom || chosen[count - 1] / channels / width < top)
            return false;
        T* origin = block.Origin(symbol), slope = block.Slope;
        var found = false;
        for (var k = 0; k < count;)
        {
            // All inputs of one place at once.
            var place = chosen[k] / channels;
            int row = place / width, column = place % width, end = (place + 1) * channels;
            if (row < top || row >= bottom || column < left || column >= right)
            {
                for (; k < count && chosen[k] < end; k++)
                    packed[8 * k] = T.Zero;
                continue;
            }

            found = true;
            var source = origin + ((((long)row * block.Width) + column) * channels) - ((long)place * channels);
            for (; k < count && chosen[k] < end; k++)
                packed[8 * k] = slope is null ? source[chosen[k]] : source[chosen[k]] * slope[chosen[k]];
        }

        return found;
    }
}
