using System.Runtime.InteropServices;
using System.Text.Json;
using PureHDF;
using PureHDF.Selections;
using PureHDF.VOL.Native;
using RobustPruning.Data.Images;

namespace RobustPruning.Data.Formats;

/// <summary>The frames of a SLEAP file: inside it, encoded or as plain arrays, or image files that it names.</summary>
internal sealed class SleapVideos(NativeFile file, string path, IReadOnlyList<string> descriptions, string? imageFolder)
{
    private readonly Dictionary<int, Func<long, DataPlace, ImageSource>> _videos = [];

    /// <summary>A frame of a video.</summary>
    /// <exception cref="DataException">There is no such video or frame, or the video is a file of its own.</exception>
    public ImageSource Frame(int video, long frame, DataPlace place)
    {
        if (video >= descriptions.Count)
            throw new DataException(place, $"there is no video {video}; there are {descriptions.Count}.");
        if (!_videos.TryGetValue(video, out var frames))
            _videos[video] = frames = Open(video);
        return frames(frame, place);
    }

    private Func<long, DataPlace, ImageSource> Open(int video)
    {
        using var json = JsonDocument.Parse(descriptions[video]);
        var description = new JsonPlace(path, $"videos_json[{video}]", json.RootElement);
        var backend = description.Get("backend");
        if (backend.Has("dataset") && file.LinkExists(backend.Get("dataset").Text()))
            return OpenEmbedded(video, backend.Get("dataset").Text());
        var list = backend.Has("filenames") ? backend.Get("filenames") : backend.Has("filename") ? backend.Get("filename") : null;
        if (list?.Element.ValueKind != JsonValueKind.Array)
        {
            throw new DataException(
                $"{path} labels frames of {list?.Text() ?? "a video file"}, which are not in it: export a labels package (.pkg.slp), "
                + $"which has its images.")
            {
                Name = path,
            };
        }

        string[] names = [.. list.Items().Select(name => name.Text())];
        var search = new ImageSearch(path, imageFolder, names);
        return (frame, place) => frame >= 0 && frame < names.Length
            ? ImageSource.OfFile(place, names[frame], search.Find(names[frame], place))
            : throw new DataException(place, $"video {video} has {names.Length} images, and none of number {frame}.");
    }

    private Func<long, DataPlace, ImageSource> OpenEmbedded(int video, string name)
    {
        var images = file.Dataset(name);
        var count = images.Space.Dimensions is [var first, ..] ? (long)first : 0;
        var group = name.Contains('/') ? name[..name.LastIndexOf('/')] : "";
        var numbers = Numbers(group.Length > 0 ? $"{group}/frame_numbers" : "frame_numbers");
        var swapped = images.AttributeExists("channel_order") && images.Attribute("channel_order").Read<string>() == "BGR";
        return (frame, place) =>
        {
            var row = numbers is null ? frame : numbers.IndexOf(frame);
            if (row < 0 || row >= count)
                throw new DataException(place, $"the images of video {video} are {count}, and none of them is frame {frame}.");
            var called = $"{path}, {name}, frame {frame}";
            return new ImageSource(
                place, $"video{video}/{frame:D6}", called, grey => Decode(images, (ulong)row, called, swapped, grey),
                grey => Decode(images, (ulong)row, called, swapped, grey).Facts);
        };
    }

    private List<long>? Numbers(string name)
    {
        if (!file.LinkExists(name))
            return null;
        var numbers = file.Dataset(name);
        if (numbers.Space.Dimensions is [0])
            return [];
        return numbers.Type.Size switch
        {
            4 => [.. numbers.Read<int[]>().Select(number => (long)number)],
            8 => [.. numbers.Read<long[]>()],
            var size => throw new DataException($"{path}: '{name}' holds numbers of {size} bytes, not of 4 or 8.") { Name = path },
        };
    }

    private static DecodedImage Decode(IH5Dataset images, ulong row, string name, bool swapped, float? background)
    {
        try
        {
            var decoded = images.Space.Dimensions switch
            {
                [_] => ImageFile.Decode(ToBytes(images.Read<sbyte[][]>(new HyperslabSelection(row, 1))[0]), name, background),
                [_, var length] => ImageFile.Decode(
                    ToBytes(images.Read<sbyte[]>(new HyperslabSelection(2, [row, 0], [1, length]))), name, background),
                [_, var height, var width, 1 or 3] => DecodePlain(images, row, (int)height, (int)width, name),
                var shape => throw new DataException($"{name}: images of shape [{string.Join(", ", shape)}] are not supported.")
                    { Name = name },
            };
            return swapped ? decoded with { Pixels = SwapRedAndBlue(decoded.Pixels) } : decoded;
        }
        catch (Exception error) when (error is not DataException and not OutOfMemoryException)
        {
            throw new DataException($"{name} is damaged: {error.Message}", error) { Name = name };
        }
    }

    private static DecodedImage DecodePlain(IH5Dataset images, ulong row, int height, int width, string name)
    {
        var shape = images.Space.Dimensions;
        if (images.Type.Size != 1)
            throw new DataException($"{name}: plain images of {images.Type.Size} bytes a value are not supported, 8 bits are.")
                { Name = name };
        ImageFile.RequireSize(width, height, name);
        var channels = (int)shape[3];
        var values = images.Read<byte[]>(new HyperslabSelection(4, [row, 0, 0, 0], [1, shape[1], shape[2], shape[3]]));
        var rgba = new ushort[4 * height * width];
        for (var i = 0; i < height * width; i++)
        {
            for (var c = 0; c < 3; c++)
                rgba[4 * i + c] = values[i * channels + (channels == 3 ? c : 0)];
            rgba[4 * i + 3] = byte.MaxValue;
        }

        return DecodedImage.FromRgba(rgba, height, width, 8, 1, null);
    }

    private static byte[] ToBytes(sbyte[] values) => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    private static float[] SwapRedAndBlue(float[] pixels)
    {
        var plane = pixels.Length / 3;
        return [.. pixels[(2 * plane)..], .. pixels[plane..(2 * plane)], .. pixels[..plane]];
    }
}
