"""Messages with personal data in them, generated from a seed; each piece with its kind and place."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from stdnum import luhn
from stdnum.cn import ric

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静丽强磊军洋艳勇杰娟涛明超秀霞平刚桂子轩雨欣浩然梓涵思远佳怡建国晓燕"
CITIES = (
    "浙江省杭州市西湖区",
    "广东省深圳市南山区",
    "北京市朝阳区",
    "四川省成都市武侯区",
    "江苏省南京市鼓楼区",
    "上海市浦东新区",
    "湖北武汉洪山区",
    "福建省厦门市思明区",
)
ROADS = (
    "文三路",
    "科技园路",
    "建国路",
    "人民南路",
    "中山北路",
    "张杨路",
    "珞喻路",
    "湖滨南路",
    "解放大道",
    "幸福街",
)
LEADS = ("你好，", "", "客服在吗？", "亲，麻烦看下，", "上次说的那个，", "急！", "嗯，", "我等了三天了，")
TAILS = ("。", "，谢谢", "，麻烦尽快", "！", "", "，什么时候能到？", "，订单一共99.90元", "，48小时能发吗")


@dataclass(frozen=True, slots=True)
class Message:
    """A text and the personal data in it."""

    text: str
    pieces: tuple[tuple[str, str], ...]
    """Kind and exact words."""


def messages(count: int, seed: int) -> Iterator[Message]:
    """So many messages; about a fifth hold no personal data but look as if."""
    dice = random.Random(seed)
    for _ in range(count):
        yield _decoy(dice) if dice.random() < 0.2 else _message(dice)


def _message(dice: random.Random) -> Message:
    parts: list[str] = []
    pieces: list[tuple[str, str]] = []
    for kind in dice.sample(list(FRAMES), dice.choice((1, 1, 2, 3))):
        value = VALUES[kind](dice)
        parts.append(dice.choice(FRAMES[kind]).format(value))
        pieces.append((kind, value))
    return Message(dice.choice(LEADS) + "，".join(parts) + dice.choice(TAILS), tuple(pieces))


def _decoy(dice: random.Random) -> Message:
    return Message(dice.choice(LEADS) + dice.choice(DECOYS) + dice.choice(TAILS), ())


def _phone(dice: random.Random) -> str:
    digits = "1" + dice.choice("3456789") + "".join(dice.choices("0123456789", k=9))
    shape = dice.choice(
        ("{0}{1}{2}", "{0}{1}{2}", "{0} {1} {2}", "{0}-{1}-{2}", "+86 {0}{1}{2}", "86-{0}{1}{2}")
    )
    return shape.format(digits[:3], digits[3:7], digits[7:])


def _identity(dice: random.Random) -> str:
    region = dice.choice(("110105", "330106", "440305", "510107", "320106", "420111"))
    born = f"{dice.randint(1955, 2007)}{dice.randint(1, 12):02d}{dice.randint(1, 28):02d}"
    body = f"{region}{born}{dice.randint(1, 999):03d}"
    return body + str(ric.calc_check_digit(body + "0"))


def _card(dice: random.Random) -> str:
    body = dice.choice(("622202", "621700", "622848", "6225", "436742")) + "".join(
        dice.choices("0123456789", k=11)
    )
    body = body[: dice.choice((15, 16, 17))] if len(body) > 15 else body
    number = body + luhn.calc_check_digit(body)
    return number if dice.random() < 0.7 else " ".join(number[i : i + 4] for i in range(0, len(number), 4))


def _mail(dice: random.Random) -> str:
    name = "".join(dice.choices("abcdefghjkmnpqrstuvwxyz", k=6)) + str(dice.randint(1, 9999))
    return f"{name}@{dice.choice(('qq.com', '163.com', 'gmail.com', 'outlook.com', 'vip.sina.com'))}"


def _wechat(dice: random.Random) -> str:
    return (
        "".join(dice.choices("abcdefghijkmnopqrstuvwxyz", k=dice.randint(4, 7)))
        + dice.choice(("_", "", "-"))
        + str(dice.randint(10, 9999))
    )


def _qq(dice: random.Random) -> str:
    return str(dice.randint(10_000_000, 3_999_999_999))


def _tracking(dice: random.Random) -> str:
    head, size = dice.choice((("SF", 13), ("YT", 13), ("JDX", 12), ("JT", 13), ("", 14), ("ZTO", 12)))
    return (head or "7") + "".join(dice.choices("0123456789", k=size))


def _order(dice: random.Random) -> str:
    return (
        dice.choice(("A", "TB", ""))
        + "".join(dice.choices("123456789", k=1))
        + "".join(dice.choices("0123456789", k=dice.choice((5, 11, 15))))
    )


def _address(dice: random.Random) -> str:
    place = dice.choice(CITIES) + dice.choice(ROADS) + f"{dice.randint(1, 988)}号"
    tail = dice.choice(("{}栋{}室", "{}号楼{}", "{}幢{}单元301室", "", "阳光花园{}栋{}"))
    return place + tail.format(dice.randint(1, 20), dice.randint(101, 2504))


def _name(dice: random.Random) -> str:
    return dice.choice(SURNAMES) + "".join(dice.choices(GIVEN, k=dice.choice((1, 2))))


VALUES = {
    "PHONE": _phone,
    "ID": _identity,
    "CARD": _card,
    "EMAIL": _mail,
    "WECHAT": _wechat,
    "QQ": _qq,
    "TRACKING": _tracking,
    "ORDER": _order,
    "ADDRESS": _address,
    "NAME": _name,
}
FRAMES = {
    "PHONE": ("我的手机号是{}", "电话{}", "打我{}就行", "联系方式：{}", "换成{}吧"),
    "ID": ("身份证号{}", "清关用的身份证：{}", "证件号码是{}"),
    "CARD": ("退到我银行卡{}", "卡号{}", "打款到工商银行{}", "建行卡 {}"),
    "EMAIL": ("发票发到{}", "邮箱是{}", "电子票寄 {}"),
    "WECHAT": ("我微信号{}", "微信：{}", "vx {}", "wechat: {}"),
    "QQ": ("QQ{}", "qq号是{}", "我扣扣 {}"),
    "TRACKING": ("快递单号{}", "退货单号是{}", "运单号：{}", "物流单号 {}"),
    "ORDER": ("订单号{}", "订单编号：{}", "我的订单是{}", "订单 {}"),
    "ADDRESS": ("地址改成{}", "寄到{}", "收货地址：{}", "我住{}"),
    "NAME": ("收件人{}", "收货人：{}", "收件人姓名改成{}", "联系人是{}"),
}
DECOYS = (
    "这款容量10000mAh，充电3小时够吗",
    "我买了2件，一共199.00元，什么时候发",
    "尺码170/92A偏大吗，身高165体重52公斤",
    "11月10日之前能到杭州吗",
    "型号是KX-2000Pro，能配20W的头吗",
    "满300减40的券为什么用不了",
    "条形码6901234567892这个是正品吗",
    "我们小区的快递柜满了，放驿站可以吗",
    "7天无理由退货怎么申请",
    "保质期到2026年12月01日是吗",
    "您好先生在吗，想问一下材质",
    "微信支付扣了两次款",
    "这个路由器的2.4G和5G都支持吗",
    "我和同事都想买，10个起有优惠吗",
    "你们营业时间9:00-22:00吗",
    "衣服洗了3次就起球，质量不行",
)
