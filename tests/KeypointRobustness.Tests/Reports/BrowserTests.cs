using System.Text.RegularExpressions;
using KeypointRobustness.Commands;
using KeypointRobustness.Reports;

namespace KeypointRobustness.Tests.Reports;

/// <summary>Reports in a real browser, Chromium of Debian; skipped where there is none. Screenshots are kept beside the tests.</summary>
[TestFixture]
internal sealed partial class BrowserTests
{
    private static readonly string? Browser = new[]
    {
        "/usr/bin/chromium",
        "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
    }.FirstOrDefault(File.Exists);

    // Says how wide the page is, and which elements reach beyond what is seen of it but for tables that scroll by themselves.
    private const string Measure = """
        <script>addEventListener('load', () => {
          const wide = document.documentElement.clientWidth;
          const out = [...document.querySelectorAll('body *')].filter(e => !e.closest('.table') && !e.closest('svg') && e.getBoundingClientRect().right > wide + 1);
          const tables = [...document.querySelectorAll('.table')].filter(t => t.scrollWidth > t.clientWidth + 1).length;
          document.title = `wide ${wide} page ${document.documentElement.scrollWidth} out ${out.map(e => e.tagName).join()} scrolled ${tables}`;
        });</script>
        """;

    // A4 within Chromium's margins.
    private const int PrintedWidth = 718;

    private TemporaryFolder _folder = null!;

    [OneTimeSetUp]
    public async Task WriteReport()
    {
        if (Browser is null)
            Assert.Ignore("There is no Chromium here.");
        _folder = new TemporaryFolder();
        Assert.That(
            await AppCommand.RunAsync([
                "train", "--count", "12", "--size", "16", "--width", "0.05", "--epochs", "0", "--out", _folder.File("trained"),
            ]),
            Is.Zero);
        Assert.That(
            await AppCommand.RunAsync([
                "certify", "--model", _folder.File("trained/model.safetensors"), "--count", "12", "--max-boxes", "2", "--radius",
                "--against", "prediction", "--out", _folder.File("out"),
            ]),
            Is.Zero);

        // What a printer gets, as a page.
        var report = await File.ReadAllTextAsync(_folder.File("out/report.html"));
        await File.WriteAllTextAsync(_folder.File("out/print.html"), report.Replace("@media print", "@media all"));

        // A report of charts alone beside it.
        new HtmlReport("Charts")
            .AddFigure(
                Charts.GroupedBars(
                    new("Bars", "", "share"),
                    ["a rather long name", "another long name", "third"],
                    [new("one", [1, 2, 3]), new("two", [2, 3, 1])]),
                "Bars.")
            .AddFigure(
                Charts.Points(
                    new("Points", "x", "y"),
                    [
                        .. Enumerable
                            .Range(0, 9)
                            .Select(series => new PointSeries($"series {series}", [(series, series * series), (series + 1, 3)])),
                    ],
                    lines: true),
                "Lines.")
            .AddFigure(Charts.HeatMap(new("Map", "channels", "deviation"), [("conv1", [1, 2, 3]), ("conv2", [4, 0.1])], [0.1, 4]), "Map.")
            .Save(_folder.File("out/charts.html"));
    }

    [OneTimeTearDown]
    public void Delete() => _folder?.Dispose();

    [TestCase("report", 400, false)]
    [TestCase("report", 1300, false)]
    [TestCase("report", 1300, true)]
    [TestCase("print", PrintedWidth, false)]
    [TestCase("charts", 400, false)]
    [TestCase("charts", 1300, true)]
    public async Task NothingIsCutOffAndTheConsoleIsEmpty(string name, int width, bool dark)
    {
        // A window has a least width; a frame has none.
        var page = _folder.File($"out/{name}-measured.html");
        await File.WriteAllTextAsync(
            page,
            (await File.ReadAllTextAsync(_folder.File($"out/{name}.html"))).Replace(
                "</body>",
                Measure.Replace("document.title", "parent.document.title") + "</body>"));
        await File.WriteAllTextAsync(
            _folder.File("out/frame.html"),
            $"<!DOCTYPE html><html><head><title>none</title></head><body style=\"margin:0\"><iframe src=\"{name}-measured.html\" "
            + $"style=\"border:0;width:{width}px;height:2600px\"></iframe></body></html>");
        var screenshot = Path.Combine(
            TestContext.CurrentContext.WorkDirectory,
            "screenshots",
            $"{name}-{width}{(dark ? "-dark" : string.Empty)}.png");
        Directory.CreateDirectory(Path.GetDirectoryName(screenshot)!);
        string[] usual =
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files", "--hide-scrollbars",
            $"--user-data-dir={_folder.File("profile")}", "--enable-logging=stderr",
            .. dark ? new[] { "--blink-settings=preferredColorScheme=0" } : [],
            $"--window-size={Math.Max(width, 500)},2600",
            "--virtual-time-budget=5000",
        ];
        var (_, _, _) = await AppProcess.RunProgram(
            Browser!,
            [.. usual, $"--screenshot={screenshot}", $"file://{_folder.File("out/frame.html")}"]);
        var (_, dom, errors) = await AppProcess.RunProgram(Browser!, [.. usual, "--dump-dom", $"file://{_folder.File("out/frame.html")}"]);

        Assert.That(File.Exists(screenshot), errors);
        TestContext.AddTestAttachment(screenshot);
        Assert.That(errors, Does.Not.Contain("CONSOLE"));
        var measured = Measured().Match(dom);
        Assert.That(measured.Success, dom.Length > 400 ? dom[..400] : dom);
        Assert.That((int.Parse(measured.Groups[1].Value), int.Parse(measured.Groups[2].Value)), Is.EqualTo((width, width)));
        Assert.That(measured.Groups[3].Value, Is.Empty);
        if (width is 1300 or PrintedWidth)
            Assert.That(measured.Groups[4].Value, Is.EqualTo("0"), "tables fit a wide page, and paper");
    }

    [GeneratedRegex("<title>wide (\\d+) page (\\d+) out ([A-Z,0-9a-z]*) scrolled (\\d+)</title>")]
    private static partial Regex Measured();
}
